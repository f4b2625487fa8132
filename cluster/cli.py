"""The command line: what every command is for; its arguments are in `cluster/arguments/`."""

import argparse

import coderm
from cluster.arguments import bank, jobs, machine, probe, quality, rewards, runs, study, writers
from cluster.arguments.shared import RAW

_EXAMPLES = """examples:
  coderm run examples/demo.toml --out runs/demo         generate, run, choose (again on the same DIR: resume)
  coderm run examples/paper.toml --set budget.per_problem=32 --set cluster.address=auto
  coderm score --problems P.jsonl --candidates C.jsonl --tests T.jsonl --out runs/mine
  coderm report runs/demo
  coderm show runs/demo starter/even-total              one problem: who passed what, who was chosen
  coderm watch runs/demo                                the run while it goes on; --page: in a browser
  coderm compare runs/demo runs/other                   paired differences, what changed, which settings differ
  coderm probe train --from runs/recorded --model smollm2 --layers 15 --out runs/probe
  coderm train examples/train_tiny.toml                 fine-tune a test writer (again: resume)
  coderm doctor                                         what this machine has, what is missing, what to type
"""


def parser() -> argparse.ArgumentParser:
    """Build the argument parser."""
    top = argparse.ArgumentParser(
        prog="coderm",
        description="Choose the right program among many: generate unit tests, run every program against every test, vote.",
        epilog=_EXAMPLES,
        formatter_class=RAW,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {coderm.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in (jobs, runs, machine, rewards):
        group.add(commands)
    quality.add_audit(commands)
    quality.add_eval_tests(commands)
    for group in (probe, study, bank):
        group.add(commands)
    writers.add_data(commands)
    writers.add_train(commands)
    return top
