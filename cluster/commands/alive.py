"""What `coderm status DIR` and `coderm stop DIR` do: what is alive of runs on this machine, and its end."""

import os
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.errors import DataError, InfrastructureError, StorageError
from coderm.sandbox.containers.sweep import list_containers
from coderm.storage.holding import Holder, holder
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

STOP_S = 120.0
"""Longest wait for a run to end in order: its actors have 15 s each to close, and its containers are removed."""


def status(directories: Sequence[Path], *, containers: bool) -> int:
    """Print who works in each directory and how far it is, and this project's containers."""
    console = Console()
    for directory in directories:
        console.print(_line(directory), soft_wrap=True, highlight=False, markup=False)
    if containers:
        table = Table("container", "run", "state", "owner", "stays")
        for item in list_containers():
            pid = item.owner.rsplit(":", 2)[1:2]
            table.add_row(item.container, item.run_id, item.state, f"process {pid[0]}" if pid else "?", item.reason or "yes")
        console.print(table)
    return 0


def stop(directory: Path) -> int:
    """End the run that works in a directory, as SIGTERM does, and wait for its end."""
    _checked(directory)
    found = holder(directory)
    if found is None or found.alive is False:
        print(f"coderm: {directory}: no run works here; `coderm gc` removes what a killed one left")
        return 0
    if found.alive is None:
        raise InfrastructureError(f"{directory}: its run is process {found.process} on {found.host}; stop it there")
    os.kill(found.process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    while (now := holder(directory)) is not None and now.process == found.process and now.alive:
        if time.monotonic() > deadline:
            raise InfrastructureError(
                f"{directory}: process {found.process} has not ended in {STOP_S:.0f} s; kill it, then `coderm gc`"
            )
        time.sleep(0.1)
    print(f"coderm: {directory}: stopped; the same command resumes")
    return 0


def _line(directory: Path) -> str:
    done, problems = _progress(_checked(directory))
    return f"{directory}: {_words(holder(directory))}; {done} of {problems or '?'} problems finished"


def _words(found: Holder | None) -> str:
    if found is None:
        return "no run works here"
    if found.alive is False:
        return f"its run, process {found.process}, was killed"
    where = "" if found.host == socket.gethostname() else f" on {found.host}"
    return f"process {found.process}{where} works here"


def _checked(directory: Path) -> RunDirectory:
    found = RunDirectory(directory)
    if not found.config.exists():
        raise DataError(f"{directory}: is no run directory; give the --out of a run")
    return found


def _progress(directory: RunDirectory) -> tuple[int, str | None]:
    try:
        with Journal(directory.journal, readonly=True) as journal:
            return len(journal.finished_positions()), journal.fact("problems")
    except StorageError:
        return 0, None
