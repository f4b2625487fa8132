"""Arguments of the commands that read a finished run: `report`, `show`, `compare`, `export`."""

from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW

_EXPORT_EXAMPLES = """examples:
  coderm export runs/demo --to evalplus --out samples.jsonl           the chosen programs, for evalplus.evaluate
  coderm export runs/demo --to datasets --out runs/demo-data          parquet files and a card, for datasets.load_dataset
"""

_COMPARE_EXAMPLES = """examples:
  coderm compare runs/first runs/second                               accuracy, paired differences, settings that differ
  coderm compare runs/first runs/second --page runs/compared.html     also as a page with every problem
"""


def add(commands: Any) -> None:
    """Add them."""
    report = commands.add_parser("report", help="print the figures of a run directory")
    report.add_argument("directory", type=Path, metavar="DIR")
    report.add_argument(
        "--why", metavar="TASK", help="of one problem: who was chosen and why, and what every pair that did not pass ended with"
    )
    report.add_argument("--curve", action="store_true", help="also best-of-N against the number of tests (resampled)")
    report.add_argument("--profile", action="store_true", help="only where the time went, by stage and by kind of block")
    show = commands.add_parser("show", help="one problem of a run in the terminal: pass matrix, choice, runner-up")
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
