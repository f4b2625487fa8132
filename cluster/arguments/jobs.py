"""Arguments of `coderm run` and `coderm score`."""

import argparse
from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW, run_options

_RUN_EXAMPLES = """examples:
  coderm run examples/recorded.toml --out runs/recorded               recorded generations, no model; again on the same DIR: resume
  coderm run examples/demo.toml --out runs/demo                       live, with the embedded model
  coderm run examples/recorded.toml --set budget.per_problem=4 --out runs/fewer
"""

_SCORE_EXAMPLES = """examples:
  coderm score --problems examples/own_problems.jsonl --candidates examples/own_candidates.jsonl \\
    --tests examples/own_tests.jsonl --out runs/own
"""


def add(commands: Any) -> None:
    """Add them."""
    run = commands.add_parser(
        "run", help="run a config from problems to chosen programs", epilog=_RUN_EXAMPLES, formatter_class=RAW
    )
    run.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings; see examples/")
    run.add_argument(
        "--dry-run",
        action="store_true",
        help="print who would get how many tests and what that costs; no test is written (candidates are, where a probe looks "
        "at them; the run goes on from them)",
    )
    _profile(run)
    run_options(run)
    score = commands.add_parser(
        "score", help="judge your own candidates, with your tests or generated ones", epilog=_SCORE_EXAMPLES, formatter_class=RAW
    )
    score.add_argument("--problems", type=Path, required=True, metavar="P.jsonl", help="problems; the format is recognised")
    score.add_argument(
        "--candidates", type=Path, required=True, metavar="C.jsonl", help="{task_id, solutions: [..]} or EvalPlus samples"
    )
    score.add_argument(
        "--tests", type=Path, metavar="T.jsonl", help="{task_id, unit_tests: [..]}; without it the models write them"
    )
    score.add_argument("--config", type=Path, metavar="CONFIG.toml", help="further settings (engines for generated tests)")
    _profile(score)
    run_options(score)


def _profile(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile", action="store_true", help="print in the end where the time went")
