"""Arguments of `coderm study` and `coderm simulate`."""

import argparse
from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW

_STUDY_EXAMPLES = """examples:
  coderm study --problems starter --matrix runs/recorded --out runs/study
  coderm study --problems P.jsonl --candidates C.jsonl --tests T.jsonl --out runs/study    the tests are run first
"""

_SIMULATE_EXAMPLES = """examples:
  coderm simulate --problems 200 --candidates 20 --tests 20           small, seconds
  coderm simulate --writer coderm-8b --out runs/simulated             at the size of the paper
"""


def add(commands: Any) -> None:
    """Add them."""
    _add_study(commands)
    _add_simulate(commands)


def _add_study(commands: Any) -> None:
    study = commands.add_parser(
        "study",
        help="measure every rule and gain model on recorded problems with labels",
        epilog=_STUDY_EXAMPLES,
        formatter_class=RAW,
    )
    _add_recorded(study)
    study.add_argument("--rule", action="append", default=[], dest="rules", metavar="NAME", help="study this rule; repeatable")
    study.add_argument("--splits", type=int, default=20, metavar="K", help="random halves (default: 20)")
    study.add_argument("--draws", type=int, default=20, metavar="K", help="orders in which tests are drawn (default: 20)")
    study.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same figures (default: 0)")
    study.add_argument(
        "--out", type=Path, default=Path("study"), metavar="DIR", help="study.html, study.json, charts (default: study)"
    )


def _add_recorded(study: argparse.ArgumentParser) -> None:
    """What is studied."""
    study.add_argument(
        "--problems",
        type=Path,
        required=True,
        metavar="P.jsonl",
        help="problems; the format is recognised (`starter`: those shipped)",
    )
    study.add_argument("--candidates", type=Path, metavar="C.jsonl", help="candidates (default: those beside the matrix)")
    study.add_argument("--tests", type=Path, metavar="T.jsonl", help="tests; run first when no matrix is given")
    study.add_argument("--labels", type=Path, metavar="L.jsonl", help="{task_id, correct: [0 or 1]} (default: beside the matrix)")
    study.add_argument("--matrix", type=Path, metavar="PATH", help="matrix.parquet, or the run directory that holds it")
    study.add_argument(
        "--predicted",
        type=Path,
        metavar="F.jsonl",
        help="{task_id, lambda}: a probe's predictions for problems it was not trained on",
    )
    study.add_argument(
        "--examples",
        type=Path,
        metavar="DIR",
        help="pass matrix of the examples the questions show; made there if absent (without --matrix: made in any case)",
    )
    study.add_argument(
        "--among-examples",
        action="store_true",
        help="choose among the candidates that pass the most visible examples, as selection.examples does",
    )


def _add_simulate(commands: Any) -> None:
    simulate = commands.add_parser(
        "simulate", help="compare rules and gain models on simulated problems", epilog=_SIMULATE_EXAMPLES, formatter_class=RAW
    )
    simulate.add_argument("--writer", default="coderm-8b", metavar="NAME", help="test writer of docs/dynamic_scaling.md")
    for name, size in (("problems", 2000), ("candidates", 100), ("tests", 100)):
        simulate.add_argument(f"--{name}", type=int, default=size, metavar="K", help=f"(default: {size})")
    simulate.add_argument("--rule", default="robust", metavar="NAME", help="rule of the gain models' table (default: robust)")
    simulate.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same problems (default: 0)")
    simulate.add_argument("--out", type=Path, metavar="DIR", help="also write simulation.json here")
