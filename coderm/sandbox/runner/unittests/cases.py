"""The cases of a test module: which there are, and whether the body of each was really run.

A body that is a generator or a coroutine is called and never runs, and unittest lets it pass. So every body is wrapped here: it is
counted when it begins, and its return value is checked. `testsRun` of a result does not show this: CPython 3.12.1 leaves skipped
cases out of it.
"""

import functools
import types
import unittest
from collections.abc import Callable, Iterator
from typing import Any, Protocol

ASYNC = "unittest.async_case"
"""Module of the class whose coroutines unittest runs."""
COROUTINE = 0x80
"""Code flag of a coroutine function."""
NOT_BEGUN = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
"""Return types of a body that was called and has not begun."""


class Counts(Protocol):
    """Counts the bodies of cases."""

    def begun(self) -> None:
        """A body begins."""

    def returned(self, test: unittest.TestCase, value: object) -> None:
        """A body has returned something."""


def case_suite(names: dict[str, object], foreign: set[int]) -> unittest.TestSuite:
    """Return the cases of a module, or those that its own `load_tests` chooses; `foreign` are ids of the program's objects."""
    classes: dict[int, type[unittest.TestCase]] = {}
    for _, value in sorted(names.items()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and id(value) not in foreign:
            classes.setdefault(id(value), value)
    suite = unittest.TestSuite(cls(name) for cls in classes.values() for name in _case_names(cls))
    choose = names.get("load_tests")
    if not isinstance(choose, types.FunctionType) or id(choose) in foreign:
        return suite
    chosen = choose(unittest.TestLoader(), suite, None)
    return chosen if isinstance(chosen, unittest.TestSuite) else unittest.TestSuite()


def _case_names(cls: type[unittest.TestCase]) -> list[str]:
    """Find what unittest's loader finds, without its dir() of the class, which copies a third of the pages a pair touches."""
    own = {name for base in cls.__mro__ if base is not unittest.TestCase for name in vars(base) if name.startswith("test")}
    found = sorted(name for name in own if callable(getattr(cls, name)))
    return found or (["runTest"] if hasattr(cls, "runTest") else [])


def count_bodies(suite: unittest.TestSuite, counts: Counts) -> None:
    """Have `counts` called for the bodies of all cases of a suite."""
    for case in _flat(suite):
        count_body(case, counts)


def _flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from _flat(part)
        else:
            yield part


def count_body(case: unittest.TestCase, counts: Counts) -> None:
    """Have `counts` called for the body of a case."""
    name = case._testMethodName
    body = getattr(case, name)
    wrapped = _awaited(case, body, counts) if _is_awaited(case, body) else _called(case, body, counts)
    vars(case)[name] = functools.update_wrapper(wrapped, body)


def _called(case: unittest.TestCase, body: Callable[..., Any], counts: Counts) -> Callable[..., None]:
    def run(*args: Any, **kwargs: Any) -> None:
        counts.begun()
        value = body(*args, **kwargs)
        if value is not None:
            counts.returned(case, value)

    return run


def _awaited(case: unittest.TestCase, body: Callable[..., Any], counts: Counts) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> None:
        counts.begun()
        value = await body(*args, **kwargs)
        if value is not None:
            counts.returned(case, value)

    return run


def _is_awaited(case: unittest.TestCase, body: Any) -> bool:
    code = getattr(getattr(body, "__func__", body), "__code__", None)
    return any(base.__module__ == ASYNC for base in type(case).__mro__) and bool(code and code.co_flags & COROUTINE)
