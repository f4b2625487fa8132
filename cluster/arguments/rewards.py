"""Arguments of `coderm rescore`, `coderm serve` and `coderm status`."""

from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW, overrides

_RESCORE_EXAMPLES = """examples:
  coderm rescore examples/rollouts.jsonl --reward all_passed --out /tmp/rescored.jsonl    another reward; nothing is run
  coderm rescore examples/rollouts.jsonl --reward '[{"name": "fraction"}, {"name": "format", "weight": 0.2}]'
  coderm rescore examples/rollouts.jsonl --problems starter --set sandbox.check_cpu_s=1    judged again
"""

_SERVE_EXAMPLES = """examples:
  coderm serve examples/serve.toml                                    prints its address and its token; Ctrl-C ends it
  coderm serve examples/serve.toml --dashboard dashboard.json         only writes a Grafana dashboard
"""

_STATUS_EXAMPLES = """examples:
  coderm status                                                       with CODERM_SERVICE_TOKEN as the service printed it
  coderm status --url http://127.0.0.1:8000
  coderm status runs/demo                                             who works on a run, and how far it is
  coderm status --containers                                          what runs in boxes on this machine, and for whom
"""


def add(commands: Any) -> None:
    """Add them."""
    _add_rescore(commands)
    _add_serve(commands)
    _add_status(commands)


def _add_rescore(commands: Any) -> None:
    rescore = commands.add_parser(
        "rescore",
        help="compute the rewards of stored rollouts again",
        description="Compute the rewards of stored rollouts again, and print what changed; docs/rewards.md has the format.",
        epilog=_RESCORE_EXAMPLES,
        formatter_class=RAW,
    )
    rescore.add_argument("rollouts", type=Path, metavar="ROLLOUTS.jsonl", help="a line a program, as the service logs them")
    rescore.add_argument(
        "--reward", default="fraction", metavar="NAME|JSON", help="a term, or a JSON list of terms (default: fraction)"
    )
    rescore.add_argument("--out", type=Path, metavar="NEW.jsonl", help="where the new lines go (default: nowhere)")
    rescore.add_argument(
        "--problems",
        type=Path,
        metavar="P.jsonl",
        help="judge the programs again, by these problems' checks (`starter`: those shipped)",
    )
    rescore.add_argument(
        "--tests", type=Path, metavar="T.jsonl", help="{task_id, unit_tests: [..]}: by these instead of the checks"
    )
    rescore.add_argument("--config", type=Path, metavar="CONFIG.toml", help="sandbox and limits of programs that are judged again")
    overrides(rescore)


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser(
        "serve",
        help="answer trainers over HTTP: programs in, rewards out, until told to stop",
        epilog=_SERVE_EXAMPLES,
        formatter_class=RAW,
    )
    serve.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings; see examples/serve.toml")
    serve.add_argument("--dashboard", type=Path, metavar="FILE", help="only write the service's Grafana dashboard there")
    overrides(serve)


def _add_status(commands: Any) -> None:
    status = commands.add_parser(
        "status",
        help="print the figures of a running service, whose token is read from CODERM_SERVICE_TOKEN; or what is alive of runs",
        epilog=_STATUS_EXAMPLES,
        formatter_class=RAW,
    )
    status.add_argument("directories", nargs="*", type=Path, metavar="DIR", help="run directories: who works there, and how far")
    status.add_argument(
        "--containers", action="store_true", help="list this project's containers on this machine, and their owners"
    )
    status.add_argument("--url", default="", help="(default: CODERM_SERVICE_URL, else http://127.0.0.1:8000)")
