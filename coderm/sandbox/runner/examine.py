"""The child's work in shared grading: the program, then the test module in the same namespace, then every test case.

One namespace, as in the released harness: later definitions win. `from solution import f` works. Only the test module's own
TestCase classes run, so that a program cannot bring tests of its own.
"""

import re
import sys
import traceback
import typing
import unittest
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType, TracebackType

from . import codes
from .endless import Watch
from .guard import flush_output
from .limits import allow_report
from .ordinary import ordinary, run_cases
from .report import Report, Reporter

SOLUTION = "solution"
PROGRAM_FILE = "<solution>"
TESTS_FILE = "<tests>"
STACK_MARGIN = 200
"""Levels of recursion a session keeps back: more than an import or a specialised call can save."""
CACHES: tuple[Callable[[], object], ...] = (re.purge, *typing._cleanups)  # type: ignore[attr-defined]
"""What empties the caches of the library that are keyed by values of the texts."""
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Tally(unittest.TestResult):
    """Counts cases and keeps the first that did not succeed; the run stops there."""

    def __init__(self, *, details: bool) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self.failfast = True
        self.succeeded = 0
        self.outcome = codes.PASSED
        self.detail = ""
        self._details = details

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Count a case that ran to its end."""
        self.succeeded += 1

    def addFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Note a failed assertion."""
        self._note(codes.FAILED, test, err[1])

    def addError(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Note any other exception."""
        self._note(code_of(err[1]), test, err[1])

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: ExcInfo | None) -> None:
        """Note a failed sub-test; successful ones count with their case."""
        if err is not None:
            failed = isinstance(err[1], test.failureException)
            self._note(codes.FAILED if failed else code_of(err[1]), subtest, err[1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """Note a skipped case; the others still run, since a failure says more."""
        if self.outcome == codes.PASSED:
            self.outcome, self.detail = codes.SKIPPED, f"{_name(test)}: skipped: {reason}"

    def addExpectedFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """An expected failure is no pass."""
        self._note(codes.FAILED, test, None)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """An unexpected success is no pass either."""
        self._note(codes.FAILED, test, None)

    def _note(self, code: int, test: unittest.TestCase, error: BaseException | None) -> None:
        if isinstance(error, MemoryError):
            allow_report()  # at once: without any memory the interpreter may unwind for ever
        self.stop()
        self.error = error
        if self.outcome not in (codes.PASSED, codes.SKIPPED):
            return
        self.outcome = code
        if self._details:
            self.detail = f"{_name(test)}: " + (describe(error) if error else "marked as an expected failure")


def examine(program: CodeType, test: CodeType, reporter: Reporter, *, details: bool) -> None:
    """Run one pair and report; called in a confined child."""
    reporter.send(_examined(program, test, details=details, shared=False)[0])


def examine_all(program: CodeType, tests: Sequence[CodeType], reporter: Reporter, *, details: bool, looks: int) -> None:
    """Run tests one after the other and report each; end without a report where only a fresh process can tell.

    That is where memory or stack ran out, since how much was left depends on the tests before. The recursion limit is a little
    lower than alone: code that has run before may save a few levels, and whoever comes that near to the limit is judged alone.
    """
    sys.setrecursionlimit(sys.getrecursionlimit() - STACK_MARGIN)
    watch = Watch((PROGRAM_FILE, TESTS_FILE), looks)
    watch.start()
    for test in tests:
        watch.next(program, test)
        for forget in CACHES:
            forget()
        report, error = _examined(program, test, details=details, shared=True)
        if isinstance(error, MemoryError | RecursionError):
            return
        reporter.send(report)


def _examined(program: CodeType, test: CodeType, *, details: bool, shared: bool) -> tuple[Report, BaseException | None]:
    try:
        result = _run(program, test, details=details, shared=shared)
        flush_output()
    except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is its outcome
        if isinstance(error, MemoryError):
            allow_report()
        return Report(code_of(error), detail=describe(error) if details else ""), error
    return result


def _run(program: CodeType, test: CodeType, *, details: bool, shared: bool) -> tuple[Report, BaseException | None]:
    module = ModuleType(SOLUTION)
    sys.modules[SOLUTION] = module
    names = module.__dict__
    exec(program, names)
    foreign = {id(value) for value in names.values() if isinstance(value, type)}
    try:
        exec(test, names)
    except unittest.SkipTest as skip:
        return Report(codes.SKIPPED, detail=f"skipped: {skip}"), None
    tally = Tally(details=details)
    planned = run_all(names, foreign, tally, shared=shared)
    if not planned:
        return Report(codes.NO_TESTS, detail="the test module defines no test case"), None
    return Report(tally.outcome, planned, tally.testsRun, tally.succeeded, tally.detail), tally.error


def run_all(names: dict[str, object], foreign: set[int], tally: Tally, *, shared: bool) -> int:
    """Run the test cases of a module and return their number; `shared` says that others run in the same interpreter."""
    cases = ordinary(names, foreign) if shared else None
    if cases is not None:
        run_cases(cases, tally)
        return sum(len(found) for _, found in cases)
    suite = case_suite(names, foreign)
    planned = suite.countTestCases()
    if planned:
        suite.run(tally)
    return planned


def case_suite(names: dict[str, object], foreign: set[int]) -> unittest.TestSuite:
    classes: dict[int, type[unittest.TestCase]] = {}
    for _, value in sorted(names.items()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and id(value) not in foreign:
            classes.setdefault(id(value), value)
    return unittest.TestSuite(unittest.TestSuite(cls(name) for name in _case_names(cls)) for cls in classes.values())


def _case_names(cls: type[unittest.TestCase]) -> list[str]:
    """Find what unittest's loader finds, without its dir() of the class, which copies a third of the pages a pair touches."""
    own = {name for base in cls.__mro__ if base is not unittest.TestCase for name in vars(base) if name.startswith("test")}
    found = sorted(name for name in own if callable(getattr(cls, name)))
    return found or (["runTest"] if hasattr(cls, "runTest") else [])


def code_of(error: BaseException | None) -> int:
    return codes.MEMORY if isinstance(error, MemoryError) else codes.ERROR


def _name(test: object) -> str:
    return str(getattr(test, "id", lambda: test)()).removeprefix(f"{SOLUTION}.")


def describe(error: BaseException) -> str:
    """Return the exception and where in the program or the tests it rose; no path of the machine."""
    try:
        text = str(error)
    except BaseException as hostile:  # noqa: BLE001 - the candidate's own __str__
        text = f"<unprintable: {type(hostile).__name__}>"
    lines = [
        f"  {frame.f_code.co_filename}:{number} in {frame.f_code.co_name}"
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename in (PROGRAM_FILE, TESTS_FILE)
    ]
    lines += getattr(error, "coderm_lines", [])  # where in the program, when that is another process
    return "\n".join([f"{type(error).__name__}: {text[:1000]}", *lines[-8:]])
