"""What `coderm data build` does; returns its exit code."""

import sys
import time
from pathlib import Path

from rich.console import Console

from cluster.data_build import build_data, command_of
from cluster.data_display import show_plan, stage_table
from coderm.config.loader import load_data_config
from coderm.data.card import costs_of
from coderm.data.directory import BuildDirectory
from coderm.data.plan import plan_build
from coderm.data.store import Store
from coderm.errors import InfrastructureError


def build(config: Path, out: Path | None, overrides: list[str], *, dry: bool = False) -> int:
    """`coderm data build`: sources to a data set; `dry`: only what the stages would have to do."""
    loaded = load_data_config(config, overrides)
    console = Console()
    if dry:
        show_plan(plan_build(loaded), console)
        return 0
    if loaded.sandbox.type == "local":
        print('coderm: sandbox.type = "local" protects nothing: programs run as plain processes of this machine', file=sys.stderr)
    directory = out or Path("runs") / f"{config.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    manifest, tally = build_data(loaded, directory, command_of(config, directory, overrides))
    with Store(BuildDirectory(directory).store) as store:
        console.print(stage_table(tally, costs_of(store)))
    console.print(f"{manifest['rows']:,} problems, {manifest['tests']:,} unit tests, dataset_sha256 {manifest['dataset_sha256']}")
    console.print(f"written to {directory}", soft_wrap=True)
    if tally.lost:
        print(f"coderm: {tally.lost} records lost; the same command tries them again", file=sys.stderr)
        return InfrastructureError.exit_code
    return 0
