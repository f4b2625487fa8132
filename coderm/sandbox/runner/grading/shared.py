"""Shared grading: program and test in one process; many tests in one session where that provably cannot change an outcome."""

from collections.abc import Callable
from types import CodeType

from .. import constants
from ..confinement.forks import KEPT_FD
from ..confinement.reports import Reporter
from ..confinement.watch import Watcher
from ..endless.loops import affordable_samples
from ..unittests.run_module import run_test, run_tests
from .intake import Intake
from .sealed_store import Stored, load_and_close
from .verdicts import OomCounter, Verdict, unusable, verdict, verdicts_of


class SharedJudge:
    """Judges the pairs of one block, whose programs and tests are in `stores`."""

    def __init__(
        self, watcher: Watcher, serials: Callable[[], int], intake: Intake, stores: tuple[int, int], *, details: bool
    ) -> None:
        self._watcher = watcher
        self._serials = serials
        self._intake = intake
        self._stores = stores
        self._details = details
        self._oom = OomCounter()

    def grading(self, test: int) -> int:
        """Return how a test is graded."""
        return constants.SHARED

    def shareable(self, program: int, test: int) -> bool:
        """Whether purity proves that the pair leaves no state."""
        intake = self._intake
        return unusable(intake.programs[program], intake.tests[test]) is None and intake.pure[program][test] == "1"

    def together(self, program: int, tests: list[int], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run tests one after the other in one process, each in a fresh namespace."""
        code = self._intake.programs[program]
        stored = [entry for entry in map(self._intake.tests.__getitem__, tests) if isinstance(entry, Stored)]
        assert isinstance(code, Stored)

        def work(reporter: Reporter) -> None:
            run_tests(
                *_open(code, stored),
                reporter,
                details=self._details,
                samples=affordable_samples(cpu_s, self._watcher.limits.borderline),
            )

        session = self._watcher.session(work, self._serials(), len(tests), cpu_s=cpu_s, keep=self._stores)
        return verdicts_of(session, self._oom)

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in a fresh process."""
        code, entry = self._intake.programs[program], self._intake.tests[test]
        if (denied := unusable(code, entry)) is not None:
            return denied
        assert isinstance(code, Stored)
        assert isinstance(entry, Stored)

        def work(reporter: Reporter) -> None:
            own, (test_code,) = _open(code, [entry])
            reporter.send(run_test(own, test_code, details=self._details)[0])

        return verdict(self._watcher.run(work, self._serials(), cpu_s=cpu_s, keep=self._stores), self._oom)


def _open(program: Stored, tests: list[Stored]) -> tuple[CodeType, list[CodeType]]:
    """Load a program and tests from the stores that a child was given."""
    return load_and_close(KEPT_FD, [program])[0], load_and_close(KEPT_FD + 1, tests)
