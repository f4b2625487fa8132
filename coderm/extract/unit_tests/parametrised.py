"""Tests that run once per case, by decorators of pytest, parameterized or ddt: loops over the cases instead.

A test keeps its text under another name, and one under its own name calls it for every case: with fresh fixtures, and set up
anew. What cannot be served (values that only pytest makes, options that change which cases run) keeps its decorators.
"""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coderm.extract.syntax.dotted import path_of
from coderm.extract.syntax.editing import Replacement, Source, inserted, lines_dropped, rewrite, segment
from coderm.extract.syntax.scopes import bound, functions, loaded
from coderm.extract.unit_tests.cases import case_classes, is_test_method, plain_classes
from coderm.extract.unit_tests.fixtures import STACK, Fixtures, fixtures_of, required

HELD = "cases_of_"
DEF = re.compile(rb"def\s++")
HARMLESS = re.compile(r"(?:pytest\.)?mark\.(?!(?:parametrize|skip|skipif|xfail|usefixtures|asyncio|anyio|filterwarnings)$)\w++$")
EXPANDERS = ("parameterized.expand", "parameterized.parameterized.expand")
CASES = ("pytest.param", "param", "parameterized.param")
SHARED = frozenset({"ids", "name_func", "doc_func", "skip_on_empty"})
SET_UPS = {"setUp", "setup_method", "setup", "tearDown", "teardown_method", "teardown"}


@dataclass(frozen=True, slots=True)
class _Loop:
    """One decorator: an expression of all cases, and how one of them, `{case}`, is given to the test."""

    values: str
    given: str
    names: tuple[str, ...] | None
    """Parameters that it gives; None: all."""


def as_plain_tests(code: Source) -> str:
    """Return the text with loops in the place of decorators, and what fixtures give in the place of parameters."""
    lines = code.lines
    fixtures, decorators = fixtures_of(code.tree)
    edits = _dropped(decorators)
    for name, node in functions(code.body).items():
        if isinstance(node, ast.FunctionDef) and name.startswith("test"):
            edits += _served(node, None, lines, fixtures)
    for holder in [*case_classes(code.tree), *plain_classes(code.tree)]:
        edits += _dropped(item for item in holder.decorator_list if path_of(item) in ("ddt", "ddt.ddt") or _is_harmless(item))
        for item in holder.body:
            if isinstance(item, ast.FunctionDef) and is_test_method(item):
                edits += _served(item, holder, lines, fixtures)
    return rewrite(code, (), edits)


def _served(node: ast.FunctionDef, holder: ast.ClassDef | None, lines: Sequence[bytes], fixtures: Fixtures) -> list[Replacement]:
    dropped = _dropped(filter(_is_harmless, node.decorator_list))
    unpacking = [item for item in node.decorator_list if path_of(item) in ("unpack", "ddt.unpack")]
    found = [(item, _loop(item, lines, bool(unpacking))) for item in node.decorator_list if isinstance(item, ast.Call)]
    loops = [loop for _, loop in found if loop is not None]
    missing = _missing(node, holder, loops)
    made = fixtures.lines(missing)
    name = DEF.match(lines[node.lineno - 1], node.col_offset)
    if not (loops or missing) or made is None or name is None or _reads_class(node, holder):
        return dropped
    gone = [*(item for item, loop in found if loop is not None), *unpacking]
    place = node.lineno, name.end()
    called = ", ".join([*(loop.given.format(case=f"case_{at}") for at, loop in enumerate(loops)), *_by_name(missing)])
    driver = _driver(node, holder, loops, made, called)
    return [*dropped, *_dropped(gone), Replacement(place, place, HELD), inserted(node, driver)]


def _missing(node: ast.FunctionDef, holder: ast.ClassDef | None, loops: Sequence[_Loop]) -> list[str]:
    """Return the parameters that only fixtures can give."""
    if any(loop.names is None for loop in loops):
        return []
    others = [item for item in node.decorator_list if not _is_harmless(item) and "parametrize" not in ast.dump(item)]
    if others:
        return []
    given = {name for loop in loops for name in loop.names or ()}
    return [name for name in required(node, 0 if holder is None else 1) if name not in given]


def _by_name(names: Sequence[str]) -> list[str]:
    return [f"{name}=given_{name}" for name in names]


def _driver(node: ast.FunctionDef, holder: ast.ClassDef | None, loops: Sequence[_Loop], made: list[str], called: str) -> str:
    """Write the test under its own name that calls the held one for every case."""
    owner, target = ("self", f"self.{HELD}{node.name}") if holder is not None else ("", f"{HELD}{node.name}")
    steps = [(0, f"def {node.name}({owner}):")]
    steps += [(at + 1, f"for case_{at} in ({loop.values}):") for at, loop in enumerate(loops)]
    depth = len(loops) + 1
    if any(f" = {STACK}." in line for line in made):
        steps.append((depth, f"with contextlib.ExitStack() as {STACK}:"))
        depth += 1
    steps += [(depth, line) for line in (*made, f"{target}({called})")]
    if holder is not None and loops and set(functions(holder.body)) & SET_UPS:
        steps += [(len(loops) + 1, line) for line in ("self.doCleanups()", "self.tearDown()", "self.setUp()")]
    gap = "\n" if holder is not None else "\n\n"
    return gap + "\n".join(" " * (node.col_offset + 4 * depth) + line for depth, line in steps)


def _loop(node: ast.Call, lines: Sequence[bytes], unpacked: bool) -> _Loop | None:
    """Read a decorator; None for one that gives no cases or cannot be served."""
    path = path_of(node.func)
    options = {word.arg for word in node.keywords} - SHARED
    if path.endswith("mark.parametrize") and not options - {"argnames", "argvalues"}:
        return _of_pytest(node, lines)
    if path in EXPANDERS and len(node.args) == 1 and not options:
        values = _values(node.args[0], lines, several=True)
        return None if values is None else _Loop(values, "*({case} if isinstance({case}, (tuple, list)) else ({case},))", None)
    if path in ("data", "ddt.data") and not options:
        values = "[" + "".join(f"{segment(lines, item)}, " for item in node.args) + "]"
        several = "*({case} if isinstance({case}, (tuple, list)) else ()), **({case} if isinstance({case}, dict) else {{}})"
        return _Loop(values, several if unpacked else "{case}", None)
    return None


def _of_pytest(node: ast.Call, lines: Sequence[bytes]) -> _Loop | None:
    named = {word.arg: word.value for word in node.keywords}
    given = [*node.args, *(named[name] for name in ("argnames", "argvalues") if name in named)]
    names = _names(given[0]) if len(given) == 2 else ()
    values = _values(given[1], lines, several=len(names) > 1) if names else None
    if values is None:
        return None
    if len(names) == 1 and isinstance(given[0], ast.Constant):
        return _Loop(values, names[0] + "={case}", names)
    return _Loop(values, ", ".join(f"{name}={{case}}[{at}]" for at, name in enumerate(names)), names)


def _names(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = [name.strip() for name in node.value.split(",") if name.strip()]
    else:
        found = [item.value for item in getattr(node, "elts", []) if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return tuple(found) if all(name.isidentifier() for name in found) else ()


def _values(node: ast.expr, lines: Sequence[bytes], *, several: bool) -> str | None:
    """Return the text of all cases; what pytest or parameterized wrap around one is taken off; None where that matters."""
    if not isinstance(node, ast.List | ast.Tuple):
        return segment(lines, node)
    texts = [_case(item, lines, several) for item in node.elts]
    return None if None in texts else "[" + "".join(f"{text}, " for text in texts) + "]"


def _case(node: ast.expr, lines: Sequence[bytes], several: bool) -> str | None:
    if not isinstance(node, ast.Call) or path_of(node.func) not in CASES:
        return segment(lines, node)
    if any(word.arg != "id" for word in node.keywords):
        return None
    texts = [segment(lines, item) for item in node.args]
    return "(" + "".join(f"{text}, " for text in texts) + ")" if several else texts[0] if texts else None


def _reads_class(node: ast.FunctionDef, holder: ast.ClassDef | None) -> bool:
    """Whether a decorator reads a name of the class, which a method does not see."""
    own = {name for item in holder.body for name in bound(item)} if holder is not None else set()
    return bool(loaded(node.decorator_list) & own)


def _is_harmless(node: ast.expr) -> bool:
    """Whether a decorator only labels a test."""
    return HARMLESS.match(path_of(node.func if isinstance(node, ast.Call) else node)) is not None


def _dropped(decorators: Iterable[ast.expr]) -> list[Replacement]:
    return [lines_dropped(item.lineno, item.end_lineno or item.lineno) for item in decorators]
