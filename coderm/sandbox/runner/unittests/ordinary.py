"""Runs the cases of ordinary test classes as unittest runs them, without the parts of it that do nothing for them.

A class is ordinary when it derives from TestCase alone, has nothing in place of what TestCase has but setUp and tearDown, and when
its cases are plain functions without marks. Then suites, fixtures of classes and modules, skips and expected failures do nothing,
and the rest of `TestCase.run` is what stands here. Only for texts that are proved: they neither change unittest nor register
clean-ups.
"""

import unittest
from types import FunctionType
from typing import Any
from unittest.case import _Outcome  # type: ignore[attr-defined]

NOT_PLAIN = 0x20 | 0x80 | 0x200
"""Code flags of generators and coroutines, whose call runs no body."""
REPLACEABLE = frozenset(("__module__", "setUp", "tearDown", "maxDiff", "longMessage", *vars(type("Plain", (), {}))))
"""What an ordinary class may have of its own that TestCase has as well, and what every class has."""
MARKS = ("__unittest_skip__", "__unittest_skip_why__", "__unittest_expecting_failure__", "runTest", "__getattr__")
"""What TestCase asks for beside its own."""
TAKEN = frozenset((*dir(unittest.TestCase), *MARKS)) - REPLACEABLE
OF_MODULES = ("setUpModule", "tearDownModule", "load_tests")

Cases = list[tuple[type[unittest.TestCase], str]]


def ordinary_cases(names: dict[str, Any], foreign: set[int]) -> Cases:
    """Return the cases of a module in unittest's order; none where one of its classes is not ordinary."""
    if any(name in names for name in OF_MODULES):
        return []
    found: Cases = []
    seen = set(foreign)
    for _, value in sorted((name, value) for name, value in names.items() if isinstance(value, type)):
        if issubclass(value, unittest.TestCase) and id(value) not in seen:
            seen.add(id(value))
            cases = _names(value)
            if not cases:
                return []
            found += [(value, name) for name in cases]
    return found


def run_ordinary(cases: Cases, result: Any) -> None:
    """Run cases until the result says stop. It counts bodies as well (`cases.Counts`)."""
    for kind, name in cases:
        if result.shouldStop:
            return
        _run(kind(name), kind, name, result)


def _names(kind: type[unittest.TestCase]) -> list[str]:
    """Return the names of the cases of an ordinary class; none where it is not."""
    held = vars(kind)
    if kind.__bases__ != (unittest.TestCase,) or type(kind) is not type or not TAKEN.isdisjoint(held):
        return []
    found = sorted(name for name in held if name.startswith("test"))
    return found if all(_is_plain(held[name]) for name in found) else []


def _is_plain(body: Any) -> bool:
    return type(body) is FunctionType and not body.__dict__ and not body.__code__.co_flags & NOT_PLAIN


def _run(case: Any, kind: type[unittest.TestCase], name: str, result: Any) -> None:
    result.startTest(case)
    case._outcome = outcome = _Outcome(result)
    try:
        body = getattr(case, name)
        if "setUp" in vars(kind):
            with outcome.testPartExecutor(case):
                case.setUp()
        if outcome.success:
            with outcome.testPartExecutor(case):
                result.begun()
                if (value := body()) is not None:
                    result.returned(case, value)
            if "tearDown" in vars(kind):
                with outcome.testPartExecutor(case):
                    case.tearDown()
        if outcome.success:
            result.addSuccess(case)
    finally:
        case._outcome = None
        result.stopTest(case)
