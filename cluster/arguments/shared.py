"""Arguments that several commands have."""

import argparse
from pathlib import Path

RAW = argparse.RawDescriptionHelpFormatter


def overrides(command: argparse.ArgumentParser) -> None:
    """Add `--set`, which overrides a setting of the config."""
    command.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", dest="overrides", help="override one setting; repeatable"
    )


def run_options(command: argparse.ArgumentParser) -> None:
    """Add the directory of a run that can be resumed, and `--set`."""
    command.add_argument("--out", type=Path, metavar="DIR", help="run directory; an existing one of the same run is resumed")
    overrides(command)
