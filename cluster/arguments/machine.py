"""Arguments of `coderm doctor`, `coderm gc` and `coderm stop`."""

from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add them."""
    doctor = commands.add_parser("doctor", help="check engine, image, limits, Ray, models; say what to type")
    doctor.add_argument("--config", type=Path, metavar="CONFIG.toml", help="check what this config needs")
    gc = commands.add_parser("gc", help="remove containers that dead runs left behind (only this project's)")
    gc.add_argument("--all", action="store_true", help="also those of runs that are alive")
    stop = commands.add_parser("stop", help="end the run that works in a directory of this machine, in order")
    stop.add_argument("directory", type=Path, metavar="DIR", help="its run directory; the same command resumes")
