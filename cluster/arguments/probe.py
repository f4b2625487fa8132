"""Arguments of `coderm probe`."""

import argparse
from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW

_PROBE_EXAMPLES = """examples:
  coderm probe train --from runs/recorded --out runs/probe                               features that cost no model
  coderm probe train --from runs/recorded --model smollm2 --layers 15 --out runs/deep    label: pass rate of the candidates
  coderm probe eval --probe runs/probe --from runs/recorded                              against the constant predictor
"""


def add(commands: Any) -> None:
    """Add them."""
    probe = commands.add_parser("probe", help="train or evaluate the difficulty probe", epilog=_PROBE_EXAMPLES, formatter_class=RAW)
    actions = probe.add_subparsers(dest="action", required=True, metavar="train|eval")
    _probe_train(actions)
    _probe_eval(actions)


def _probe_train(actions: Any) -> None:
    train = actions.add_parser("train", help="train a probe on candidates with labels", epilog=_PROBE_EXAMPLES, formatter_class=RAW)
    _probe_data(train)
    train.add_argument(
        "--also",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN_DIR",
        help="train on these run directories too, but score on the others alone (another policy's programs)",
    )
    train.add_argument("--model", metavar="NAME", help="model whose hidden states are read; without it cheap features only")
    train.add_argument(
        "--layers",
        type=int,
        nargs="+",
        default=[-1],
        metavar="K",
        help="layers read, concatenated: 0 is the embedding, negative from the end; middle layers tend to be best (default: -1)",
    )
    train.add_argument("--token", choices=("last", "mean"), default="last", help="which token's state (default: last)")
    train.add_argument(
        "--view",
        choices=("problem", "problem_candidate", "mean_candidates"),
        default="mean_candidates",
        help="what is shown: the problem, with the first candidate, or the mean over several (default: mean_candidates)",
    )
    train.add_argument("--candidates", type=int, default=4, metavar="N", help="most candidates shown (default: 4)")
    train.add_argument("--max-tokens", type=int, default=1024, metavar="N", help="longest text; its end is kept (default: 1024)")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same data: the same probe (default: 0)")
    train.add_argument(
        "--set", action="append", default=[], metavar="key=value", dest="overrides", help="a setting of docs/probe.md; repeatable"
    )
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the probe and report.json go")


def _probe_eval(actions: Any) -> None:
    evaluate = actions.add_parser(
        "eval", help="score a trained probe on candidates with labels", epilog=_PROBE_EXAMPLES, formatter_class=RAW
    )
    evaluate.add_argument("--probe", type=Path, metavar="DIR", help="a trained probe (default: the shipped one, for smollm2)")
    _probe_data(evaluate)
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    evaluate.add_argument(
        "--predicted",
        type=Path,
        metavar="F.jsonl",
        help="also write {task_id, lambda}, cross-validated on these problems, for `coderm study --predicted`",
    )


def _probe_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--from", type=Path, nargs="+", default=[], metavar="RUN_DIR", dest="runs", help="run directories of problems with checks"
    )
    command.add_argument(
        "--jsonl", type=Path, nargs="+", default=[], metavar="FILE", help="{task_id, question, prompt, candidates, correct} a line"
    )
    command.add_argument(
        "--states", type=Path, metavar="FILE.npz", help="keep hidden states here, and read those that are there already"
    )
