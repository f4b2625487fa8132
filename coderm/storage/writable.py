"""Asks whether a result could be written, before the work for it begins. Makes nothing."""

import os
from pathlib import Path

from coderm.errors import StorageError


def check_file(path: Path) -> None:
    """Raise StorageError unless a file could be put under this name, in a folder that is there."""
    if path.is_dir():
        raise StorageError(f"{path}: is a folder, not a file; give another name")
    _check(path, path.absolute().parent)


def check_folder(path: Path) -> None:
    """Raise StorageError unless files could be put into this folder, which may be made first."""
    place = path.absolute()
    while not (place.exists() or place.is_symlink()):
        place = place.parent
    _check(path, place)


def _check(path: Path, place: Path) -> None:
    if not place.is_dir():
        raise StorageError(f"{path}: cannot be written ({place} is no folder); give another name")
    if not os.access(place, os.W_OK | os.X_OK):
        raise StorageError(f"{path}: cannot be written ({place} is read-only for this user); give another name")
