"""What tests of one interpreter share beyond their namespaces: taken down before a test, and looked at after it.

Each test executes its texts anew, so their own globals, classes and caches are new each time. What is left to look at: the modules
that texts reach, their classes, functions and containers; settings of the interpreter and of the process; threads, children,
descriptors, files, memory. Unchanged means that the next test finds what it would find in a fresh process. A few settings that
honest programs set as they load are put back instead. Nothing here is proof against a program that hides what it changed.
"""

import contextlib
import gc
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ..constants import SOLUTION
from .reach import Reach, reach
from .settings import RESETS, SETTINGS

ALWAYS = ("builtins", "sys")
"""Modules that every text reaches."""
CACHES = frozenset(("_cache", "_cache2", "modules", "path_importer_cache"))
"""Containers in modules that may change and decide nothing."""
GROWTH = 64 << 20
"""Bytes of address space that a test may leave behind."""
HEAP_TYPE, IMMUTABLE = 1 << 9, 1 << 8
"""Flags of classes: those whose attributes can be set have the first and not the second."""


class World:
    """The state around the texts of one process. scratch: the directory of a pair's files, which are removed; empty: none is."""

    def __init__(self, scratch: str = "") -> None:
        self._scratch = scratch
        self._kept: list[tuple[Callable[[], object], object]] = []
        """What must be equal to what was there."""
        self._resets = [_kept_limit()]
        self._codes: dict[int, CodeType] = {}
        """Texts taken down, by their ids."""
        self._known: dict[str, set[str]] = {}
        """Modules taken down, and the names of their parts that were."""
        for name in ALWAYS:
            self._module(name)
        self._process, self._size = _process(), _address_space()

    def begin(self, *codes: CodeType) -> None:
        """Before a test: take down what its texts reach, and put back what honest programs set as they load."""
        if self._scratch:
            os.chdir(self._scratch)
        sys.modules.pop(SOLUTION, None)
        if self._codes:
            gc.collect()  # classes of the test before stand among the subclasses of those of the library
        for reset in self._resets:
            reset()
        for code in codes:
            if id(code) not in self._codes:
                self._codes[id(code)] = code
                self._take_down(reach(code))

    def _take_down(self, text: Reach) -> None:
        for name in text.modules:
            with contextlib.suppress(ImportError):  # as the text itself will find
                importlib.import_module(name)
        for name in text.modules:
            if name in sys.modules:
                self._module(name)
        for name, known in self._known.items():
            held = vars(sys.modules[name])
            for part in (text.names & held.keys()) - known:
                known.add(part)
                self._part(held[part])
        self._process, self._size = _process(), _address_space()  # an import may have started threads

    def changed(self) -> bool:
        """Whether anything is not as it was taken down, once the files of the test are removed."""
        try:
            return (
                any(read() != kept for read, kept in self._kept)
                or _process() != self._process
                or _address_space() > self._size + GROWTH
                or not self._remove_files()
            )
        except Exception:  # noqa: BLE001 - a value of the program may stand among those that are compared
            return True

    def _remove_files(self) -> bool:
        """Empty the scratch directory of plain files and empty directories; return whether nothing stays."""
        if not self._scratch or not os.listdir(self._scratch):
            return True
        for name in os.listdir(self._scratch):
            path = os.path.join(self._scratch, name)
            try:
                os.unlink(path)
            except OSError:
                with contextlib.suppress(OSError):
                    os.rmdir(path)
        return not os.listdir(self._scratch)

    def _module(self, name: str) -> None:
        if name in self._known:
            return
        module = sys.modules[name]
        self._known[name] = set()
        self._keep(lambda: vars(module))
        for key, value in list(vars(module).items()):
            if type(value) in (list, dict, set) and key not in CACHES:
                self._kept.append((lambda value=value: value, value.copy()))  # type: ignore[misc]
        self._kept += [(read, read()) for read in SETTINGS.get(name, ())]
        if name in RESETS:
            self._resets.append(RESETS[name]())

    def _part(self, value: Any) -> None:
        """Take down what can be set of a class, a function or an object of the library."""
        kind = type(value)
        if issubclass(kind, type):
            if value.__flags__ & (HEAP_TYPE | IMMUTABLE) == HEAP_TYPE:
                self._keep(lambda: vars(value))
                for each in filter(lambda each: type(each) is FunctionType, list(vars(value).values())):
                    self._keep(lambda each=each: _function(each))  # type: ignore[misc]
        elif kind is FunctionType:
            self._keep(lambda: _function(value))
        elif kind is not ModuleType and type(getattr(value, "__dict__", None)) is dict:
            self._keep(lambda: vars(value))

    def _keep(self, read: Callable[[], Mapping[Any, Any]]) -> None:
        self._kept.append((read, dict(read())))


def _function(value: FunctionType) -> dict[Any, Any]:
    """Return what can be set of a function, and what its defaults hold now."""
    defaults = [each.copy() if type(each) in (list, dict, set) else each for each in value.__defaults__ or ()]
    return {**vars(value), 0: value.__code__, 1: defaults}


def _kept_limit() -> Callable[[], object]:
    limit = sys.getrecursionlimit()
    return lambda: sys.setrecursionlimit(limit)


def _process() -> object:
    """Return how many descriptors and threads this process has, and whether it has children or an alarm."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        children = True
    except ChildProcessError:
        children = False
    alarm = signal.getitimer(signal.ITIMER_REAL)[0] > 0
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), children, alarm


def _address_space() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
