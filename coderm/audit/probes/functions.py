"""Probes of problems that ask for a function or a method."""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from coderm.audit.probes.calls import expected_values, literal_arguments, shown_calls
from coderm.audit.probes.model import LeakProbe
from coderm.extract.syntax.entry import Entry
from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.extract.syntax.scopes import Function

PLAIN = ("None", "True", "0", "''", "[]")
"""Constants that are tried besides those that tests expect."""
MOST_EXPECTED = 5
"""A constant passes where every test expects it, or none looks: so those expected most often are enough."""
Cut = tuple[str, Callable[[Any], Any]]
CUTS: dict[str, Cut] = {
    "ignores {}": ("type(v)()", lambda v: type(v)()),
    "reads only the first element of {}": ("v[:1]", lambda v: v[:1]),
    "does not read the last element of {}": ("v[:-1]", lambda v: v[:-1]),
    "does not read the first element of {}": ("v[1:]", lambda v: v[1:]),
    "does not read the sign of {}": ("abs(v)", abs),
}
"""What a probe does with one parameter, and the value that takes the place of its value `v`; where that fails `v` stays."""

_PARTIAL = """{reference}


_whole, _inside = {target}, False


def _cut(v):
    try:
        return {cut}
    except Exception:
        return v


def _partly({self}*args, **named):
    global _inside
    if _inside:
        return _whole({self}*args, **named)
    _inside = True
    try:
        args = [_cut(v) if place == {place} else v for place, v in enumerate(args)]
        named = {{name: _cut(v) if name == {name!r} else v for name, v in named.items()}}
        return _whole({self}*args, **named)
    finally:
        _inside = False


{target} = _partly
"""


def constants(entry: Entry, tests: Sequence[str]) -> Iterator[LeakProbe]:
    """Yield programs that return a constant: what tests expect most often, and plain values that no test expects to differ from."""
    expected = expected_values(tests, entry.name)
    wanted = [ast.literal_eval(value) for value in expected]
    plain = [value for value in PLAIN if not any(one != ast.literal_eval(value) for one in wanted)]
    for value in dict.fromkeys([*expected[:MOST_EXPECTED], *plain]):
        shown = value if len(value) <= 60 else f"{value[:57]}..."
        yield LeakProbe(_returning(entry, value), "constant", f"always returns {shown}")


def examples_alone(entry: Entry, examples: Sequence[str]) -> Iterator[LeakProbe]:
    """Yield the program that knows the examples of the question and returns None for anything else; none without examples."""
    known = [f"({arguments!r}, {value})" for arguments, value in shown_calls(examples, entry.name)]
    if known:
        table = f"next((value for known, value in [{', '.join(known)}] if known == args), None)"
        yield LeakProbe(_returning(entry, table), "examples", "knows the examples of the question alone")


def _returning(entry: Entry, value: str) -> str:
    if entry.holder:
        return f"class {entry.holder}:\n    def {entry.name}(self, *args, **named):\n        return {value}\n"
    return f"def {entry.name}(*args, **named):\n    return {value}\n"


def partial(entry: Entry, tests: Sequence[str], reference: str) -> Iterator[LeakProbe]:
    """Yield the reference behind a wrapper that changes one argument of the outermost call, so that a part of it is not read.

    A part may really be of no consequence; `coderm.audit.probes.witnesses` looks for an input that shows the difference. A cut that
    changes no argument that the tests show is left out.
    """
    target = f"{entry.holder}.{entry.name}" if entry.holder else entry.name
    self = "self, " if entry.holder else ""
    given = literal_arguments(tests, entry.name)
    for place, name in enumerate(_parameters(entry, reference)):
        values = [arguments[place] for arguments in given if place < len(arguments)]
        for told, (cut, make) in CUTS.items():
            if not values or any(_changes(make, value) for value in values):
                text = _PARTIAL.format(reference=reference.rstrip(), target=target, cut=cut, place=place, name=name, self=self)
                yield LeakProbe(text, "partial", told.format(f"argument {place + 1} ({name})"))


def _changes(make: Callable[[Any], Any], value: Any) -> bool:
    """Whether a cut of a literal is another value."""
    try:
        return bool(make(value) != value)
    except (TypeError, ValueError, KeyError):
        return False


def _parameters(entry: Entry, reference: str) -> list[str]:
    """Return the positional parameters of the entry point, `self` left out; empty where it is not found."""
    tree = parse(reference)
    if isinstance(tree, BadSyntax):
        return []
    body: list[ast.stmt] = tree.body
    if entry.holder:
        body = [item for node in body if isinstance(node, ast.ClassDef) and node.name == entry.holder for item in node.body]
    found = [node for node in body if isinstance(node, Function) and node.name == entry.name]
    if not found or isinstance(found[-1], ast.AsyncFunctionDef):
        return []
    names = [one.arg for one in (*found[-1].args.posonlyargs, *found[-1].args.args)]
    return names[1:] if entry.holder else names
