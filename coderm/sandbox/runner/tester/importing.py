"""From where the tester imports: the directories of the library, never one that a program can write to.

A test may lengthen `sys.path`, and its current directory is the one that it shares with the program.
"""

import contextlib
import os
import sys
from typing import Any


def import_only_from(directories: tuple[str, ...]) -> None:
    """Let this process import nothing from outside of these directories, whatever `sys.path` says from now on."""
    hooks = list(sys.path_hooks)
    inside = tuple(os.path.join(os.path.realpath(directory), "") for directory in directories)

    def find_inside(path: str) -> Any:
        if os.path.join(os.path.realpath(path), "").startswith(inside):
            for hook in hooks:
                with contextlib.suppress(ImportError):
                    return hook(path)
        raise ImportError(f"tests import nothing from {path}")

    sys.path_hooks[:] = [find_inside]
    sys.path_importer_cache.clear()
