"""Shared grading: program and test in one process; many tests in one session where that provably cannot change an outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .. import constants
from ..confinement.forks import KEPT_FD
from ..confinement.reports import Reporter
from ..confinement.watch import Session, Watcher
from ..endless.loops import affordable_samples
from ..unittests.run_module import run_test, run_tests
from .intake import ALONE, LOOKED, Intake
from .sealed_store import Stored, Stores, load_and_close
from .verdicts import OomCounter, Verdict, unusable, verdict, verdicts_of


@dataclass
class SharedJudge:
    """Judges the pairs of one block."""

    watcher: Watcher
    serials: Callable[[], int]
    intake: Intake
    stores: Stores
    details: bool
    oom: OomCounter = field(default_factory=OomCounter)

    def grading(self, test: int) -> int:
        """Return how a test is graded."""
        return constants.SHARED

    def shareable(self, program: int, test: int) -> bool:
        """Whether the pair may share its processes with others of the program."""
        intake = self.intake
        return unusable(intake.programs[program], intake.tests[test]) is None and intake.sharing[program][test] != ALONE

    def looked(self, program: int, test: int) -> bool:
        """Whether it may do so only as long as a look finds nothing left."""
        return self.intake.sharing[program][test] == LOOKED

    def together(self, program: int, tests: list[int], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run tests that are shareable one after the other in one session."""
        return verdicts_of(self._session(program, tests, cpu_s, alone=False), self.oom)

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in fresh processes."""
        denied = unusable(self.intake.programs[program], self.intake.tests[test])
        return denied or verdict(self._session(program, [test], cpu_s, alone=True).first, self.oom)

    def _session(self, program: int, tests: Sequence[int], cpu_s: float, *, alone: bool) -> Session:
        code, stored = self._stored(program, tests)
        samples, looked = self._samples(cpu_s), [self.looked(program, test) for test in tests]

        def work(reporter: Reporter) -> None:
            own, texts = load_and_close(KEPT_FD, [code])[0], load_and_close(KEPT_FD + 1, stored)
            if alone:
                reporter.send(run_test(own, texts[0], details=self.details)[0])
            else:
                run_tests(own, texts, looked, reporter, details=self.details, samples=samples)

        return self.watcher.session(work, self.serials(), len(tests), cpu_s=cpu_s, keep=self.stores[:2])

    def _stored(self, program: int, tests: Sequence[int]) -> tuple[Stored, list[Stored]]:
        """Return texts that compile."""
        code, *texts = self.intake.programs[program], *(self.intake.tests[test] for test in tests)
        assert isinstance(code, Stored)
        return code, [text for text in texts if isinstance(text, Stored)]

    def _samples(self, cpu_s: float) -> int:
        return affordable_samples(cpu_s, self.watcher.limits.borderline)
