"""Where what can be made again is kept for all commands of a user."""

import os
from pathlib import Path


def cache_dir(room: str) -> Path:
    """Directory of one kind of things, below $XDG_CACHE_HOME or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coderm" / room
