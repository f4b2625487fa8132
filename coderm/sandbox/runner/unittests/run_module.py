"""The child's work in shared grading: the program, then the test module in the same namespace, then every test case.

One namespace, as in the released harness: later definitions win. `from solution import f` works. Only the test module's own
TestCase classes run, so that a program cannot bring tests of its own.
"""

import os
import sys
import traceback
import types
import unittest
from collections.abc import Sequence
from types import CodeType, ModuleType, TracebackType

from .. import constants
from ..confinement.forks import FRESH_EXIT
from ..confinement.limits import allow_report
from ..confinement.memory import Growth
from ..confinement.reports import Report, Reporter
from ..confinement.watch import flush_output
from ..constants import CACHES, PROGRAM_FILE, SOLUTION, STACK_MARGIN, TESTS_FILE
from ..endless.loops import LoopSampler
from ..purity.world import World
from .cases import NOT_BEGUN, case_suite, count_bodies
from .drivers import execute
from .ordinary import ordinary_cases, run_ordinary

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Tally(unittest.TestResult):
    """Counts cases and keeps the first that did not succeed; the run stops there.

    `text` is the test's own, which may mark expected failures. Such a case counts when it fails as expected, beside others that
    succeed; marks that come from anywhere else are failures.
    """

    def __init__(self, *, details: bool, text: CodeType | None = None) -> None:
        super().__init__()
        self._text = text
        self._expected = 0
        self._begun = 0
        self.error: BaseException | None = None
        self.failfast = True
        self.succeeded = 0
        self.outcome = constants.PASSED
        self.detail = ""
        self._details = details

    def report(self, planned: int) -> Report:
        """Return the report of a module with so many cases; a pass needs one that succeeded."""
        if not planned:
            return Report(constants.NO_TESTS, detail="the test module defines no test case")
        if self._expected and not self.succeeded and self.outcome == constants.PASSED:
            return Report(constants.FAILED, detail="every test case is marked as an expected failure")
        return Report(self.outcome, planned, self._begun, self.succeeded + self._expected, self.detail)

    def begun(self) -> None:
        """Count a case whose body begins."""
        self._begun += 1

    def returned(self, test: unittest.TestCase, value: object) -> None:
        """Note a case that is none: its body has not run, or returns something instead of asserting it."""
        not_begun = isinstance(value, NOT_BEGUN)
        if isinstance(value, types.CoroutineType):
            value.close()
        self.stop()
        if self.outcome in (constants.PASSED, constants.SKIPPED):
            self.outcome = constants.NO_TESTS if not_begun else constants.ERROR
            why = "its body was never run" if not_begun else "a test case returns nothing"
            self.detail = f"{_name(test)}: returned a {type(value).__name__}: {why}" if self._details else ""

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Count a case that ran to its end."""
        self.succeeded += 1

    def addFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Note a failed assertion."""
        self._note(constants.FAILED, test, err[1])

    def addError(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Note any other exception."""
        self._note(code_of(err[1]), test, err[1])

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: ExcInfo | None) -> None:
        """Note a failed sub-test; successful ones count with their case."""
        if err is not None:
            failed = isinstance(err[1], test.failureException)
            self._note(constants.FAILED if failed else code_of(err[1]), subtest, err[1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """Note a skipped case; the others still run, since a failure says more."""
        if self.outcome == constants.PASSED:
            self.outcome, self.detail = constants.SKIPPED, f"{_name(test)}: skipped: {reason}"

    def addExpectedFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """An expected failure is a pass of nothing; it counts where the test's own text asks for it."""
        if self._text and marks_failures(self._text) and not isinstance(err[1], MemoryError):
            self.error = err[1]
            self._expected += 1
        else:
            self._note(constants.FAILED, test, None)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        """An unexpected success is no pass either."""
        self._note(constants.FAILED, test, None)

    def _note(self, code: int, test: unittest.TestCase, error: BaseException | None) -> None:
        if isinstance(error, MemoryError):
            allow_report()  # at once: without any memory the interpreter may unwind for ever
        self.stop()
        self.error = error
        if self.outcome not in (constants.PASSED, constants.SKIPPED):
            return
        self.outcome = code
        if self._details:
            self.detail = f"{_name(test)}: " + (describe(error) if error else "marked as an expected failure")


def run_tests(
    pairs: Sequence[tuple[CodeType, CodeType]], looked: Sequence[bool], reporter: Reporter, *, details: bool, samples: int
) -> None:
    """Run pairs of a program and a test in order and report each; end without a report where only a fresh process can tell.

    That is where memory or stack ran out, since how much was left depends on the tests before. The recursion limit is a little
    lower than alone: code that has run before may save a few levels, and a test that near to the limit runs alone.

    looked: tests after which the world is looked at; if it has changed, the others need a fresh process. Their texts may ask for
    the recursion limit, so it is as it was.
    """
    world = World(os.getcwd()) if any(looked) else None
    if not world:
        sys.setrecursionlimit(sys.getrecursionlimit() - STACK_MARGIN)
    sampler = LoopSampler((PROGRAM_FILE, TESTS_FILE), 0 if world else samples)
    sampler.start()
    growth = Growth()
    for (program, test), looks in zip(pairs, looked, strict=True):
        sampler.begin_test(program, test)
        for forget in CACHES:
            forget()
        if world:
            world.begin(program, test)
        report, error = run_test(program, test, details=details, proved=not world)
        if isinstance(error, MemoryError | RecursionError):
            return
        del error  # which holds the namespace
        reporter.send(report)
        if growth.is_large() or (world and looks and world.changed()):
            os._exit(FRESH_EXIT)


def run_test(program: CodeType, test: CodeType, *, details: bool, proved: bool = False) -> tuple[Report, BaseException | None]:
    """Run one pair in a confined child; return its report, and what it raised. proved: whether the pair leaves nothing."""
    try:
        result = _run(program, test, details=details, proved=proved)
        flush_output()
    except BaseException as error:  # noqa: BLE001 - whatever the candidate raises is its outcome
        if isinstance(error, MemoryError):
            allow_report()
        return Report(code_of(error), detail=describe(error) if details else ""), error
    return result


def _run(program: CodeType, test: CodeType, *, details: bool, proved: bool) -> tuple[Report, BaseException | None]:
    module = ModuleType(SOLUTION)
    sys.modules[SOLUTION] = module
    names = module.__dict__
    exec(program, names)
    brought = [value for value in names.values() if isinstance(value, type | types.FunctionType)]
    foreign = {id(value) for value in brought}  # which stay alive, so that nothing of the test gets their ids
    try:
        execute(test, names)
    except unittest.SkipTest as skip:
        return Report(constants.SKIPPED, detail=f"skipped: {skip}"), None
    tally = Tally(details=details, text=test)
    planned = run_all(names, foreign, tally, proved=proved)
    return tally.report(planned), tally.error


def run_all(names: dict[str, object], foreign: set[int], tally: Tally, *, proved: bool = False) -> int:
    """Run the test cases of a module and return their number. proved: whether its text and the program's change nothing."""
    if proved and (cases := ordinary_cases(names, foreign)):
        run_ordinary(cases, tally)
        return len(cases)
    suite = case_suite(names, foreign)
    planned = suite.countTestCases()
    count_bodies(suite, tally)
    if planned:
        suite.run(tally)
    return planned


def marks_failures(code: CodeType) -> bool:
    """Whether a test's text names the mark of expected failures."""
    parts = (part for part in code.co_consts if type(part) is CodeType)
    return "expectedFailure" in code.co_names or any(map(marks_failures, parts))


def code_of(error: BaseException | None) -> int:
    return constants.MEMORY if isinstance(error, MemoryError) else constants.ERROR


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
