"""Arguments of `coderm run` and `coderm score`."""

import argparse
from pathlib import Path
from typing import Any

from cluster.arguments.shared import run_options


def add(commands: Any) -> None:
    """Add them."""
    run = commands.add_parser("run", help="run a config from problems to chosen programs")
    run.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings; see examples/")
    run.add_argument(
        "--dry-run",
        action="store_true",
        help="print who would get how many tests and what that costs; no test is written (candidates are, where a probe looks "
        "at them; the run goes on from them)",
    )
    _profile(run)
    run_options(run)
    score = commands.add_parser("score", help="judge your own candidates, with your tests or generated ones")
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
