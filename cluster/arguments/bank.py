"""Arguments of `coderm bank`."""

from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW

_BANK_EXAMPLES = """examples:
  coderm bank list runs/bank                            every problem with its tests, and what was bought for it
  coderm bank show runs/bank HumanEval/0                its tests with their statistics, and its versions
  coderm bank show runs/bank HumanEval/0 --version 3    the texts of the tests that judged it then
  coderm bank verify runs/bank                          whether everything is there and unchanged
"""


def add(commands: Any) -> None:
    """Add them."""
    bank = commands.add_parser(
        "bank", help="look at a test bank; works while a server writes to it", epilog=_BANK_EXAMPLES, formatter_class=RAW
    )
    actions = bank.add_subparsers(dest="action", required=True, metavar="list|show|verify")
    told = {"list": "print every problem", "show": "print one problem", "verify": "check that everything is there and unchanged"}
    for name, text in told.items():
        action = actions.add_parser(name, help=text, epilog=_BANK_EXAMPLES, formatter_class=RAW)
        action.add_argument("directory", type=Path, metavar="DIR", help="directory of the bank")
        if name == "show":
            action.add_argument("problem", metavar="ID", help="id of the problem")
            action.add_argument("--version", type=int, metavar="N", help="print the texts of this version of its tests")
