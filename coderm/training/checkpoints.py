"""Checkpoints that a training may go on from: whole ones of the same config and rows, and no others.

A trainer writes a checkpoint file by file. So a mark is put into it last, by rename; what has no mark was being written when its
writer was killed, and is removed. The mark holds the training's identity, and the size of every file.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.errors import StorageError
from coderm.storage.atomic import write_json

MARK = "whole.json"
_NAME = re.compile(r"checkpoint-(\d+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint, and the optimiser step it was made after."""

    path: Path
    step: int


def mark_whole(path: Path, identity: str) -> None:
    """Say that everything of this checkpoint has been written."""
    write_json(path / MARK, {"identity": identity, "files": _sizes(path)})


def newest(directory: Path, identity: str) -> Checkpoint | None:
    """Return the newest whole checkpoint below a directory; None: there is none. Removes those that are not whole.

    Raises StorageError with the remedy for a whole one of another config or other rows.
    """
    whole: list[Checkpoint] = []
    for path in directory.glob("checkpoint-*") if directory.is_dir() else ():
        if (named := _NAME.fullmatch(path.name)) is None or not path.is_dir():
            continue
        mark = _mark(path)
        if mark is None or mark.get("files") != _sizes(path):
            shutil.rmtree(path, ignore_errors=True)
            continue
        if mark.get("identity") != identity:
            raise StorageError(
                f"{path}: is a checkpoint of another config or other rows; give another --out, or remove {directory} to begin anew"
            )
        whole.append(Checkpoint(path, int(named[1])))
    return max(whole, key=lambda checkpoint: checkpoint.step, default=None)


def _mark(path: Path) -> dict[str, Any] | None:
    try:
        mark = json.loads((path / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None


def _sizes(path: Path) -> dict[str, int]:
    files = (file for file in sorted(path.rglob("*")) if file.is_file() and file.name != MARK)
    return {str(file.relative_to(path)): file.stat().st_size for file in files}
