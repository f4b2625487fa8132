"""Isolated grading: a tester and a candidate process for each test, or for as many tests of a program as may share them.

The process that forks both has never held a test. The candidate is forked first and holds the program only.
"""

import os
from collections.abc import Callable, Sequence

from .. import constants
from ..candidate.server import serve
from ..confinement.forks import KEPT_FD, LINK_FD
from ..confinement.reports import Report, Reporter
from ..confinement.watch import SecondProcess, Session, Watcher
from ..endless.loops import affordable_samples
from ..tester.importing import import_from_library_only
from ..tester.run import run_tester
from .compiling import Unusable
from .intake import Intake
from .rows import Judge
from .sealed_store import Stored, load, load_and_close, write_detail
from .verdicts import OomCounter, Verdict, unusable, verdict, verdicts_of


class IsolatedJudge:
    """Judges the pairs of one block. `stores` are those of programs, of tests, and of details.

    Tests that cannot be graded in isolation go to `fallback`, or are unserved where there is none.
    """

    def __init__(
        self,
        watcher: Watcher,
        serials: Callable[[], int],
        intake: Intake,
        stores: tuple[int, int, int],
        fallback: Judge | None,
        *,
        details: bool,
    ) -> None:
        self._watcher = watcher
        self._serials = serials
        self._intake = intake
        self._stores = stores
        self._fallback = fallback
        self._details = details
        self._oom = OomCounter()

    def grading(self, test: int) -> int:
        """Return how a test is graded; its own text alone decides that."""
        entry = self._intake.tests[test]
        return constants.SHARED if self._fallback and isinstance(entry, Stored) and entry.obstacle else constants.ISOLATED

    def shareable(self, program: int, test: int) -> bool:
        """Whether purity proves that the pair leaves no state."""
        usable = not isinstance(self._intake.programs[program], Unusable)
        return usable and self._intake.pure[program][test] == "1" and self._text(test) is not None

    def together(self, program: int, tests: list[int], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run tests one after the other in one tester; the candidate executes the program anew for each."""
        code, stored = self._intake.programs[program], [self._text(test) for test in tests]
        assert isinstance(code, Stored)
        session = self._session(code, program, tests, [text for text in stored if text], cpu_s, alone=False)
        return verdicts_of(session, self._oom)

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in fresh processes."""
        code, entry = self._intake.programs[program], self._intake.tests[test]
        if (denied := unusable(code, entry)) is not None:
            return denied
        assert isinstance(code, Stored)
        assert isinstance(entry, Stored)
        if entry.obstacle and self._fallback:
            return self._fallback.alone(program, test, cpu_s)
        if entry.obstacle:
            return Verdict(constants.UNSERVED, 0.0, f"cannot be graded in isolation: the test {entry.obstacle}")
        session = self._session(code, program, [test], [entry], cpu_s, alone=True)
        return verdict(session.broken or session.results[0], self._oom)

    def _text(self, test: int) -> Stored | None:
        """Return a test that can be graded in isolation."""
        entry = self._intake.tests[test]
        return entry if isinstance(entry, Stored) and not entry.obstacle else None

    def _session(
        self, code: Stored, row: int, tests: Sequence[int], stored: Sequence[Stored], cpu_s: float, *, alone: bool
    ) -> Session:
        programs, *others = self._stores
        samples = 0 if alone else affordable_samples(cpu_s, self._watcher.limits.borderline)

        def answer() -> None:
            serve(load_and_close(KEPT_FD, [code])[0], LINK_FD, alone=alone, samples=samples)

        second = SecondProcess(answer, self._serials(), (programs,))

        def work(reporter: Reporter) -> None:
            import_from_library_only()
            sender = _ReportSender(reporter, row, tests)
            texts = (load(KEPT_FD, text) for text in stored)
            os._exit(run_tester(texts, LINK_FD, sender.send, details=self._details, alone=alone))

        return self._watcher.session(work, self._serials(), len(tests), cpu_s=cpu_s, second=second, keep=tuple(others))


class _ReportSender:
    """Sends reports without details, which could show later candidates what tests expect; details go to a file."""

    def __init__(self, reporter: Reporter, row: int, tests: Sequence[int]) -> None:
        self._reporter = reporter
        self._row = row
        self._tests = iter(tests)

    def send(self, report: Report) -> None:
        """Send the verdict of the next test."""
        test = next(self._tests)
        if report.detail:
            write_detail(KEPT_FD + 1, self._row, test, report.detail)
        self._reporter.send(Report(report.outcome, report.planned, report.started, report.succeeded))
