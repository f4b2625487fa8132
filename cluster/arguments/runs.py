"""Arguments of the commands that look at a run: `report`, `show`, `compare`, `export`, `watch`."""

from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW

_REPORT_EXAMPLES = """examples:
  coderm report runs/recorded                                         figures, outcomes, cost
  coderm report runs/recorded --why starter/even-total                one problem: who was chosen, why the others failed
"""

_SHOW_EXAMPLES = """examples:
  coderm show runs/recorded starter/even-total
"""

_EXPORT_EXAMPLES = """examples:
  coderm export runs/recorded --to evalplus --out samples.jsonl       the chosen programs, for evalplus.evaluate
  coderm export runs/recorded --to datasets --out runs/data-set       parquet files and a card, for datasets.load_dataset
"""

_COMPARE_EXAMPLES = """examples:
  coderm compare runs/recorded runs/fewer                             accuracy, paired differences, settings that differ
  coderm compare runs/recorded runs/fewer --page runs/compared.html   also as a page with every problem
"""

_WATCH_EXAMPLES = """examples:
  coderm watch runs/recorded                                          stages, speeds, accuracy so far, until the run ends
  coderm watch runs/recorded --page --port 8321                       a page; from elsewhere: ssh -L 8321:127.0.0.1:8321 HOST
  coderm watch http://127.0.0.1:8000                                  a reward service
"""


def add(commands: Any) -> None:
    """Add them."""
    report = commands.add_parser(
        "report", help="print the figures of a run directory", epilog=_REPORT_EXAMPLES, formatter_class=RAW
    )
    report.add_argument("directory", type=Path, metavar="DIR")
    report.add_argument(
        "--why", metavar="TASK", help="of one problem: who was chosen and why, and what every pair that did not pass ended with"
    )
    report.add_argument("--curve", action="store_true", help="also best-of-N against the number of tests (resampled)")
    report.add_argument("--profile", action="store_true", help="only where the time went, by stage and by kind of block")
    show = commands.add_parser(
        "show",
        help="one problem of a run in the terminal: pass matrix, choice, runner-up",
        epilog=_SHOW_EXAMPLES,
        formatter_class=RAW,
    )
    show.add_argument("directory", type=Path, metavar="DIR")
    show.add_argument("task", metavar="TASK", help="the problem's task_id")
    compare = commands.add_parser(
        "compare", help="set runs side by side, problem by problem", epilog=_COMPARE_EXAMPLES, formatter_class=RAW
    )
    compare.add_argument("directories", type=Path, nargs="+", metavar="DIR", help="run directories; the first is the base")
    compare.add_argument("--page", type=Path, metavar="FILE.html", help="write a page with every problem there")
    compare.add_argument("--json", type=Path, metavar="FILE.json", help="write all figures there")
    export = commands.add_parser(
        "export", help="write a run in another project's format", epilog=_EXPORT_EXAMPLES, formatter_class=RAW
    )
    export.add_argument("directory", type=Path, metavar="DIR", help="directory of a finished run")
    export.add_argument(
        "--to", required=True, metavar="FORMAT", help="evalplus, livecodebench, coderm-solutions, coderm-tests or datasets"
    )
    export.add_argument("--out", type=Path, required=True, metavar="PATH", help="a file; for datasets a folder")
    export.add_argument("--all", action="store_true", help="all candidates in place of the chosen one")
    _add_watch(commands)


def _add_watch(commands: Any) -> None:
    watch = commands.add_parser(
        "watch",
        help="look at a run or a reward service while it goes on, in the terminal or as a page",
        description="Look at a run or a reward service while it goes on. Ctrl-C ends the watching, and nothing else. "
        "Exit code 3: the run was broken off.",
        epilog=_WATCH_EXAMPLES,
        formatter_class=RAW,
    )
    watch.add_argument(
        "target", metavar="DIR|URL", help="run directory, also one to come, or the service's address (token: CODERM_SERVICE_TOKEN)"
    )
    watch.add_argument("--page", action="store_true", help="serve a page at 127.0.0.1 and print its address")
    watch.add_argument("--port", type=int, default=0, metavar="N", help="port of the page (default: a free one)")
    watch.add_argument("--every", type=float, default=1.0, metavar="S", help="seconds between two looks (default: 1)")
    watch.add_argument("--once", action="store_true", help="look once and end")
