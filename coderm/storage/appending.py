"""Appends whole lines to a file that outlives kills and full disks: what they tore goes before the next line comes."""

import contextlib
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 16


def append_lines(path: Path, lines: bytes) -> None:
    """Append lines, each with its end, all or none. Raises OSError, such as a full disk's, and leaves the file as it was.

    A last line without an end was torn by a kill; it is cut off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with path.open("r+b", buffering=0) as file:
        end = _end_of_lines(file)
        file.truncate(end)
        file.seek(end)
        try:
            _write_all(file, lines)
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(end)
            raise


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _end_of_lines(file: BinaryIO) -> int:
    """Return the place behind the last line end, 0 where there is none."""
    place = file.seek(0, 2)
    while place:
        start = max(0, place - _BLOCK)
        file.seek(start)
        if (found := file.read(place - start).rfind(b"\n")) >= 0:
            return start + found + 1
        place = start
    return 0
