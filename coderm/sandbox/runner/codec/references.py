"""Classes and functions of the library that cross by name.

The tester may name anything of the library to the candidate, which finds it in its own copy. The candidate may name what stands in
a closed table, and exception classes: the tester finds those in what it has imported itself, and imports nothing for a name.
"""

import builtins
import functools
import importlib
import math
import operator
import pathlib
import sys
import unittest
from typing import Any

from ..constants import SOLUTION, word_set
from .kinds import WRITERS
from .library import ENTRIES
from .nodes import Node
from .structure import module_of, mro, name_of

_PRIVATE = frozenset({SOLUTION, "__main__", "unittest", "coderm"})
"""Modules that are none of the library: those of the test and of this harness."""
_PURE = word_set(
    "abs all any ascii bin callable chr divmod format hash hex isinstance issubclass len max min oct ord pow repr round"
)
_IMPURE = word_set("attrgetter call delitem itemgetter length_hint methodcaller setitem")
"""What the module operator has besides operators, or what changes its operands; so do all in-place operators."""
_DECIDING = word_set("builtins enum numbers typing unittest.case")
"""Modules with classes by which the library decides how to compare or to count."""
_PACKAGES = sys.stdlib_module_names | {"numpy", "pandas", "scipy"}
"""Where exception classes are looked for."""


def _table() -> dict[tuple[str, str], Any]:
    kinds = [value for value in vars(builtins).values() if isinstance(value, type)]
    kinds += [*WRITERS, *ENTRIES, pathlib.Path, pathlib.PurePath, type(None), type(...), type(NotImplemented)]
    found: dict[tuple[str, str], Any] = {(kind.__module__, kind.__qualname__): kind for kind in kinds}
    functions = [vars(builtins)[name] for name in [*_PURE, "sorted", "sum"]]
    functions += [value for name, value in vars(math).items() if callable(value) and name[:1] != "_"]
    functions += [vars(operator)[name] for name in operator.__all__ if name not in _IMPURE and name[:1] != "i"]
    return found | {(value.__module__, value.__qualname__): value for value in functions}


NAMED = _table()
"""What the candidate may name, besides exception classes and numbers of numpy. None of it keeps or changes anything."""
_NAMES = {id(value): name for name, value in NAMED.items()}


def name_for_candidate(value: Any) -> Node | None:
    """Return the node of a class or a function of the library; None for anything else."""
    if id(value) in _NAMES:
        return ["g", *_NAMES[id(value)]]
    if not callable(value) or _is_private(module_of(type(value))):
        return None
    module, name = getattr(getattr(value, "__objclass__", value), "__module__", None), getattr(value, "__qualname__", None)
    if type(module) is not str or _is_private(module) or type(name) is not str:
        return None
    found = functools.reduce(lambda holder, part: getattr(holder, part, None), name.split("."), sys.modules.get(module))
    return ["g", module, name] if found is value else None


def named_for_candidate(node: Node) -> Any:
    """Return what a node of the tester names."""
    module, name = node[1:]
    known = NAMED.get((module, name))
    return functools.reduce(getattr, name.split("."), importlib.import_module(module)) if known is None else known


def name_for_tester(value: Any) -> Node | None:
    """Return the node of a class or a function that the tester knows by name, or of a class of exceptions; None for others."""
    if id(value) in _NAMES:
        return ["g", *_NAMES[id(value)]]
    if not issubclass(type(value), type):
        return None
    module = module_of(value)
    if issubclass(value, Exception) and _is_library(module):
        return ["g", module, name_of(value), next(name_of(base) for base in mro(value) if module_of(base) == "builtins")]
    return ["g", module, name_of(value)] if module == "numpy" and issubclass(value, _numpy_kinds()) else None


def named_for_tester(node: Node) -> Any:
    """Return what a node of the candidate names; of an exception class that is unknown here, the builtin class it derives from."""
    module, name = node[1], node[2]
    if type(module) is not str or type(name) is not str:
        return Exception
    if (module, name) in NAMED:
        return NAMED[module, name]
    found = vars(sys.modules[module]).get(name) if _is_library(module) and module in sys.modules else None
    allowed = module != "unittest.case" or found is unittest.SkipTest
    if isinstance(found, type) and issubclass(found, (Exception, *_numpy_kinds())) and allowed:
        return found
    base = vars(builtins).get(node[3]) if len(node) > 3 and type(node[3]) is str else None
    return base if isinstance(base, type) and issubclass(base, Exception) else Exception


def library_class(module: Any, name: Any) -> Any:
    """Return a class of the library that the candidate says its objects are of, if this process has imported it; else None."""
    if type(module) is not str or type(name) is not str or not _is_library(module) or module in _DECIDING:
        return None
    found = vars(sys.modules[module]).get(name) if module in sys.modules else None
    return found if isinstance(found, type) and not issubclass(found, BaseException) else None


def _numpy_kinds() -> tuple[type, ...]:
    """Return the classes of numpy's numbers and arrays, if the process has numpy."""
    numpy = sys.modules.get("numpy")
    return (numpy.generic, numpy.ndarray) if numpy else ()


def _is_private(module: str) -> bool:
    return module.partition(".")[0] in _PRIVATE


def _is_library(module: str) -> bool:
    """Whether exception classes of a module are of the library; those of unittest would decide the outcome of a case."""
    return module.partition(".")[0] in _PACKAGES - {"unittest"} or module == "unittest.case"
