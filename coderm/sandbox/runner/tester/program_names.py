"""The names that a test needs of the program, and whether it can be isolated, read from the test's own text.

Nothing here depends on the program: a program must not be able to choose how it is graded. Names of builtins and of the
standard library are never taken from the program, unless the test uses no other name that the program could have.
"""

import ast
import builtins
import dis
import importlib
import sys
import types
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

from .class_names import class_names
from .mirrors import mirrored_names
from .obstacles import obstacles, offered_name


def _word_tuple(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SOURCES = _word_tuple("""
    typing math collections itertools functools re heapq bisect operator random string json datetime decimal fractions
    statistics copy dataclasses enum contextlib io abc collections.abc
""")
"""Modules whose public names count as known; earlier ones win."""
ALIASES = {"np": "numpy", "dt": "datetime", "op": "operator", "it": "itertools", "tp": "typing", "ft": "functools"}
HARMLESS_MODULES = frozenset(
    {*SOURCES, "numpy", "sys", "os", "os.path", "time", "types", "unittest", "numbers", "cmath", "array", "textwrap"}
)
"""Modules that a test may find under a name of the program."""
COMMON = _word_tuple("""
    abs all any bool bytes callable dict enumerate filter float format frozenset getattr hasattr id int isinstance
    issubclass iter len list map next object open print range repr round set sorted str super tuple type vars zip
""")
"""Builtins that tests use as tools; a function under test hardly ever has one of these names."""
_LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"})
_STORES = frozenset({"STORE_NAME", "STORE_GLOBAL"})
_DISPLAYS = (ast.List, ast.Tuple, ast.Set)


@dataclass(frozen=True, slots=True)
class Plan:
    """Needs of one test. `own` names come from the program; `known` ones are this process's own if the program has the name."""

    own: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    obstacle: str = ""
    """Why the test cannot be graded in isolation; empty if it can."""
    stops: bool = False
    """Whether the test expects StopIteration to leave a call."""
    stepwise: bool = False
    """Whether the test can tell how far an iterator was read, so that none may be read ahead."""
    classes: tuple[str, ...] = ()
    """Names that the test uses as classes."""
    mirrored: frozenset[str] = frozenset()
    """Streams and functions of the library that the test may replace."""
    numpy: bool = False
    """Whether the test may use numpy."""


def plan(text: str, code: CodeType) -> Plan:
    """Read one test."""
    used, bound = _globals(code)
    tree = ast.parse(text)
    offered = [name for node in tree.body if (name := offered_name(node, bound - used))]
    nodes = list(ast.walk(without_data(tree)))
    calls = [(node.func.id, node.args) for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    called = {name for name, _ in calls}
    handed = {part.id for name, given in calls if name in bound for part in given if isinstance(part, ast.Name)}
    own, known, doubt = _divide({name for name in used if name not in bound}, called, handed)
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    shares = f"defines {offered[0]}, which the program may use" if offered else ""
    obstacle = doubt or next(obstacles(nodes, set(own)), "") or shares
    stops, stepwise, classes = "StopIteration" in names, _is_stepwise(nodes), class_names(nodes)
    arrays = "numpy" in text or "np" in names
    return Plan(tuple(own), tuple(known), obstacle, stops, stepwise, classes, mirrored_names(nodes), arrays)


def _is_stepwise(nodes: list[ast.AST]) -> bool:
    """Whether a test reads iterators item by item, has effects in between, or holds one that it passes."""
    used: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Call):
            used |= {id(part) for part in (*node.args, *(named.value for named in node.keywords))}
        elif isinstance(node, ast.For | ast.comprehension):
            used.add(id(node.iter))
    for node in nodes:
        match node:
            case ast.Break() | ast.Yield() | ast.YieldFrom() | ast.Name(id="iter" | "next" | "zip"):
                return True
            case ast.Attribute(attr="send" | "close" | "__next__") | ast.Name(id="islice") | ast.Attribute(attr="islice"):
                return True
            case ast.GeneratorExp() if id(node) not in used:
                return True
    return False


def without_data(tree: ast.Module) -> ast.Module:
    """Take constants out of the lists and the like of a test, and return it: recorded data name nothing, and are long."""
    for node in reversed(list(ast.walk(tree))):  # what is inside comes first
        if isinstance(node, _DISPLAYS):
            node.elts = [part for part in node.elts if not _is_data(part)]
    return tree


def _is_data(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) or (isinstance(node, _DISPLAYS) and not node.elts)


def _divide(free: set[str], called: set[str], handed: set[str]) -> tuple[list[str], list[str], str]:
    """Divide the names that a test uses into the program's and known ones; say where the test's text does not decide.

    A test that uses `add` without importing it may mean `operator.add` or a function of the program. Beside another name of the
    program (`subtract`) the text does not decide. handed: names given to functions of the test, as in `check(digits)`.
    """
    ordinary = sorted(name for name in free if name not in KNOWN and not hasattr(builtins, name))
    known = sorted(name for name in free if name in KNOWN and not hasattr(builtins, name))
    either = [name for name in known if name in called or _defined(KNOWN[name])]
    if ordinary:
        either += sorted(handed.intersection(known).difference(either))
        return ordinary, known, f"uses {either[0]} without importing it, which may be the program's" if either else ""
    if not either:
        functions = [name for name in free if isinstance(getattr(builtins, name, None), types.BuiltinFunctionType | type)]
        functions = sorted(name for name in functions if name[:2] != "__" and not name[0].isupper())
        either = [name for name in known if name in handed] + ([name for name in functions if name not in COMMON] or functions)
    either = either or [name for name in known if KNOWN[name] is not None]
    if len(either) > 1:
        return [], known, f"uses {' and '.join(either[:2])}, which may both be the program's"
    return either, [name for name in known if name not in either], ""


def _defined(value: Any) -> bool:
    """Whether a known name stands for a function or a class that is more than a type to be hinted at."""
    if not isinstance(value, types.BuiltinFunctionType | types.FunctionType | type):
        return False
    return value.__module__ not in ("typing", "collections.abc")


def _globals(code: CodeType) -> tuple[set[str], set[str]]:
    """Return the global names that code loads, all the way down, and those that the module itself binds and never reads first.

    A name that only functions bind, by `global`, may be either's: see `obstacles`.
    """
    used, bound, read = set(), set(), set()
    stack = [code]
    while stack:
        current = stack.pop()
        for step in dis.get_instructions(current):
            if step.opname in _LOADS:
                used.add(step.argval)
                if current is code:
                    read.add(step.argval)
            elif step.opname in _STORES and current is code:
                bound.add(step.argval)
        stack += [constant for constant in current.co_consts if isinstance(constant, CodeType)]
    return used, bound - _before(code, read & bound)


def _before(code: CodeType, names: set[str]) -> set[str]:
    """Return those of some names that the module reads before it binds them."""
    seen: set[str] = set()
    early: set[str] = set()
    for step in dis.get_instructions(code):
        if step.argval in names:
            if step.opname in _STORES:
                seen.add(step.argval)
            elif step.opname in _LOADS and step.argval not in seen:
                early.add(step.argval)
    return early


def _known() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for source in SOURCES:
        module = importlib.import_module(source)
        names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
        for name in names:
            if len(name) > 1:  # flags of re, and e: one letter is what a program calls a class of its own
                found.setdefault(name, getattr(module, name))
    return found


KNOWN: dict[str, Any] = _known() | dict.fromkeys((*sys.stdlib_module_names, *ALIASES, "numpy")) | {"copy": None}
"""Known names and their values in this process; None for modules, which are looked up on demand."""
_BOTH = {name: value for name, value in _known().items() if name in sys.stdlib_module_names}
"""Names of a module and of something in it, such as datetime."""


def harmless_module(name: Any) -> ModuleType:
    """Return this process's own copy of a module on the allow-list, and an empty one in place of any other.

    Never imports on the word of the program: it may have left files, and some modules do things when imported.
    """
    found = sys.modules.get(name) if type(name) is str and name in HARMLESS_MODULES else None
    return found if found is not None else ModuleType(str(name)[:100])


def resolve_known(name: str, theirs: Any) -> Any:
    """Return this process's own value of a known name; the program's value only decides whether it is the module."""
    if isinstance(theirs, ModuleType):
        return theirs
    found = _BOTH.get(name) or KNOWN[name]
    if found is not None:
        return found
    return harmless_module(ALIASES.get(name, name))
