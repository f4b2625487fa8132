"""How much disk a run still needs, told when there is none left."""

import shutil
from pathlib import Path

MB = 1 << 20


def needed(journal: Path, done: int, problems: int) -> str:
    """Say how much is free where a journal is, and how much the rest of its problems takes as far as those done tell.

    done, problems: finished, and in all; 0 where that is not known.
    """
    free = f"{_free_bytes(journal.parent) / MB:.1f} MB are free"
    left = problems - done
    size = sum(path.stat().st_size for path in journal.parent.glob(f"{journal.name}*") if path.is_file())
    if not done or left <= 0 or not size:
        return free
    return f"{free}, the other {left} of {problems} problems need about {max(size / done * left / MB, 0.1):.1f} MB"


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
