"""What every fork inherits: imported modules, a fixed environment, a frozen heap.

Runs once, before the first frame. Everything here must leave an honest program's behaviour as in a fresh interpreter.
"""

import atexit
import gc
import importlib
import os
import pathlib
import shutil
import sys
import tempfile
import time
import types

from ..confinement.box import Box
from ..confinement.limits import leave_room_for_stacks
from ..confinement.waiting import mark_timers
from ..processes import interpreter
from ..purity.interpreter_names import interpreter_names
from ..tester.importing import library
from .rehearsal import ROUNDS, rehearse, rehearse_intake

PREIMPORTED = (
    *("unittest", "typing", "math", "collections", "itertools", "re", "heapq", "bisect", "functools", "datetime", "decimal"),
    *("fractions", "random", "string", "json", "copy", "operator", "statistics", "contextlib", "dataclasses", "enum", "io"),
    *("traceback", "types", "abc", "logging", "pprint", "threading", "warnings", "__future__", "argparse"),
    *("array", "base64", "difflib", "fnmatch", "hashlib", "inspect", "numbers", "pathlib", "pickle", "signal", "socket", "struct"),
    *("textwrap", "urllib", "weakref", "fileinput", "queue"),
)
"""What programs and tests import most; a warm import saves more than the fork costs."""
CPUS = 2
"""What os.cpu_count() says: pools size themselves by it, and a machine of many cores must not decide verdicts."""

PACKAGES = pathlib.Path(__file__).parents[2] / "warm"
"""Lists modules of the packages in the image; the build wrote it, having tried each."""


def warm_up(box: Box) -> None:
    """Import the library, fix the environment and freeze the heap."""
    for name in PREIMPORTED:
        importlib.import_module(name)
    fix_environment()
    sys.argv = ["solution"]
    sys.path[:] = [entry for entry in sys.path if entry and entry != os.getcwd()]
    sys.modules["__main__"] = types.ModuleType("__main__")
    os.cpu_count = lambda: CPUS
    leave_room_for_stacks()
    mark_timers()
    library()
    gc.collect()
    interpreter_names()  # of all objects: those that are frozen are not found any more
    gc.freeze()  # the rehearsal collects what each of its tests leaves
    rehearse()
    for _ in range(ROUNDS):
        rehearse_intake(box)
    interpreter.rehearse()
    _settle()


def package_words() -> tuple[str, ...]:
    """Return names of the packages that there are; a text that imports one has its name."""
    listed = PACKAGES.read_text("utf-8").split() if PACKAGES.exists() else []
    return tuple(dict.fromkeys(("numpy", *(name.partition(".")[0] for name in listed))))


def warm_packages() -> dict[str, str]:
    """Import the packages in a process that is warm; return the version of numpy, empty without it."""
    numpy = import_numpy()
    if PACKAGES.exists():
        _import_packages()
    fix_environment()
    gc.unfreeze()
    interpreter_names.cache_clear()
    interpreter_names()
    _settle()
    return {"numpy": numpy}


def _settle() -> None:
    """Drop what modules of the server registered, which is no program's, and freeze the heap."""
    atexit._clear()
    gc.collect()
    gc.freeze()


def fix_environment() -> None:
    """Empty the environment but for TZ, which libc reads again at every call."""
    os.environ.clear()
    os.environ["TZ"] = "UTC"
    time.tzset()
    os.umask(0o022)


def _import_packages() -> None:
    """Import what the image has, and remove what that leaves in the scratch directory, which no pair could."""
    for name in PACKAGES.read_text("utf-8").split():
        importlib.import_module(name)
    for left in pathlib.Path(tempfile.gettempdir()).iterdir():
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def import_numpy() -> str:
    """Import numpy, if there is one, without threads of its own, which do not survive a fork; return its version."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        return str(importlib.import_module("numpy").__version__)
    except ImportError:
        return ""
    finally:
        del os.environ["OPENBLAS_NUM_THREADS"]
