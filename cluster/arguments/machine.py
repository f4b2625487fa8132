"""Arguments of `coderm doctor`, `coderm gc` and `coderm stop`."""

from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW

_DOCTOR_EXAMPLES = """examples:
  coderm doctor                                                       what this machine has, what is missing, what to type
  coderm doctor --config examples/demo.toml                           also what this config needs
"""

_GC_EXAMPLES = """examples:
  coderm gc                                                           containers of dead runs, and what they left
"""

_STOP_EXAMPLES = """examples:
  coderm stop runs/demo                                               the same command as before resumes it
"""


def add(commands: Any) -> None:
    """Add them."""
    doctor = commands.add_parser(
        "doctor", help="check engine, image, limits, Ray, models; say what to type", epilog=_DOCTOR_EXAMPLES, formatter_class=RAW
    )
    doctor.add_argument("--config", type=Path, metavar="CONFIG.toml", help="check what this config needs")
    gc = commands.add_parser(
        "gc", help="remove containers that dead runs left behind (only this project's)", epilog=_GC_EXAMPLES, formatter_class=RAW
    )
    gc.add_argument("--all", action="store_true", help="also those of runs that are alive")
    stop = commands.add_parser(
        "stop", help="end the run that works in a directory of this machine, in order", epilog=_STOP_EXAMPLES, formatter_class=RAW
    )
    stop.add_argument("directory", type=Path, metavar="DIR", help="its run directory; the same command resumes")
