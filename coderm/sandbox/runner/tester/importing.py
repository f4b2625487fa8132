"""From where the tester imports: the directories of the library, never one that a program can write to.

A test may lengthen `sys.path`, and its current directory is the one that it shares with the program.
"""

import contextlib
import functools
import os
import sys
from typing import Any


@functools.cache
def library() -> tuple[str, ...]:
    """Return the directories of `sys.path` as the warm-up left it, which asks first."""
    return tuple(os.path.join(os.path.realpath(directory), "") for directory in sys.path)


def import_from_library_only() -> None:
    """Let this process import nothing from elsewhere, whatever `sys.path` says from now on."""
    hooks = list(sys.path_hooks)

    def find_inside(path: str) -> Any:
        if os.path.join(os.path.realpath(path), "").startswith(library()):
            for hook in hooks:
                with contextlib.suppress(ImportError):
                    return hook(path)
        raise ImportError(f"tests import nothing from {path}")

    sys.path_hooks[:] = [find_inside]
    sys.path_importer_cache.pop(os.getcwd(), None)
