"""What a run left: actors, containers, processes, temporary files and shared memory that were not there before."""

import contextlib
from pathlib import Path

import psutil

from faults.left import SHARED
from faults.run.field import Alone


class Before:
    """How a machine looks before a trial. Others work on it too: theirs is what they map, and what does not have our TMPDIR."""

    def __init__(self, where: Alone) -> None:
        self._where = where
        self._files = set(where.folder.iterdir())
        self._shared = set(SHARED.iterdir())

    def left(self) -> list[str]:
        """Everything that is still there, or there anew."""
        files = [path for path in self._where.folder.iterdir() if path not in self._files and not _of_ray(path)]
        shared = [path for path in set(SHARED.iterdir()) - self._shared if not _mapped(path)]
        return [*self._where.left(), *self._processes(), *map(str, (*files, *shared))]

    def _processes(self) -> list[str]:
        mark, usual = f"TMPDIR={self._where.folder}", self._where.usual()
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                mine = mark.encode() in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
                if mine and process.pid not in usual and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"process {' '.join(process.cmdline())[:80]}")
        return found


def _of_ray(path: Path) -> bool:
    """Ray keeps its sessions, and here its nodes' logs."""
    return path.name == "ray" or path.suffix == ".log"


def _mapped(path: Path) -> bool:
    """Whether a living process has the shared memory in use."""
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            if str(path) in maps.read_text("utf-8", "replace"):
                return True
    return False
