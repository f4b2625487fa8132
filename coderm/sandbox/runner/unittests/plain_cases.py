"""Run the cases of ordinary test classes as unittest runs them, without the parts of it that they do not use.

A class is ordinary when it derives from TestCase alone and overrides nothing of it but setUp and tearDown, and when its cases are
plain functions without marks. Then a suite, class and module fixtures, clean-ups and expected failures do nothing, and the rest of
`TestCase.run` is what stands here. Only sessions use it: their texts are proved not to have changed unittest.
"""

import unittest
from collections.abc import Iterator
from types import FunctionType
from typing import Any
from unittest.case import _Outcome  # type: ignore[attr-defined]

from .cases import count_body

ADDED_BY_INTERPRETER = frozenset(("__module__", "__doc__", "__dict__", "__weakref__", "__firstlineno__", "__static_attributes__"))
"""Names that the interpreter adds to every class; the last two from Python 3.13."""
ALLOWED = ADDED_BY_INTERPRETER | frozenset(("setUp", "tearDown", "maxDiff", "longMessage"))
"""Names that an ordinary class may define although TestCase has them."""
RESERVED = frozenset(dir(unittest.TestCase)) - ALLOWED | frozenset(("__unittest_skip__", "__unittest_skip_why__", "runTest"))
FIXTURES = ("setUpModule", "tearDownModule", "load_tests")

Cases = list[tuple[type[unittest.TestCase], list[str]]]


def ordinary(names: dict[str, Any], foreign: set[int]) -> Cases | None:
    """Return the test classes of a module in order, with their cases; None unless all of them are ordinary."""
    if any(fixture in names for fixture in FIXTURES):
        return None
    found: Cases = []
    seen = set(foreign)
    for _, value in sorted((name, value) for name, value in names.items() if isinstance(value, type)):
        if issubclass(value, unittest.TestCase) and id(value) not in seen:
            seen.add(id(value))
            cases = _cases(value)
            if not cases:
                return None
            found.append((value, cases))
    return found


def _cases(kind: type[unittest.TestCase]) -> list[str]:
    """Return the names of the cases of an ordinary class; none when it is not."""
    namespace = vars(kind)
    if kind.__bases__ != (unittest.TestCase,) or type(kind) is not type or not RESERVED.isdisjoint(namespace):
        return []
    found = sorted(name for name in namespace if name.startswith("test"))
    plain = all(type(namespace[name]) is FunctionType and not namespace[name].__dict__ for name in found)
    return found if plain else []


def run_cases(cases: Cases, tally: Any) -> None:
    """Run cases until the tally says stop."""
    for kind, name in _pairs(cases):
        if tally.shouldStop:
            return
        _run(kind(name), name, kind, tally)


def _pairs(cases: Cases) -> Iterator[tuple[type[unittest.TestCase], str]]:
    return ((kind, name) for kind, names in cases for name in names)


def _run(case: Any, name: str, kind: type[unittest.TestCase], tally: Any) -> None:
    count_body(case, tally)
    tally.startTest(case)
    case._outcome = outcome = _Outcome(tally)
    try:
        if "setUp" in vars(kind):
            with outcome.testPartExecutor(case):
                case._callSetUp()
        if outcome.success:
            with outcome.testPartExecutor(case):
                case._callTestMethod(getattr(case, name))
            if "tearDown" in vars(kind):
                with outcome.testPartExecutor(case):
                    case._callTearDown()
        if outcome.success:
            tally.addSuccess(case)
    finally:
        case._outcome = None
