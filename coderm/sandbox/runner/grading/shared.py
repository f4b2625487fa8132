"""Shared grading: program and test in one process; many tests in one session where that provably cannot change an outcome."""

from collections.abc import Callable
from types import CodeType

from .. import constants
from ..confinement.forks import KEPT_FD
from ..confinement.reports import Reporter
from ..confinement.watch import Guard
from ..endless.loops import looks
from ..unittests.run_module import examine, examine_all
from .intake import Intake
from .sealed_store import Stored, take_out
from .verdicts import OomCounter, Verdict, unusable, verdict, verdicts_of


class SharedJudge:
    """Judges the pairs of one block, whose programs and tests are in `vaults`."""

    def __init__(self, guard: Guard, serials: Callable[[], int], intake: Intake, vaults: tuple[int, int], *, details: bool) -> None:
        self._guard = guard
        self._serials = serials
        self._intake = intake
        self._vaults = vaults
        self._details = details
        self._oom = OomCounter()

    def grading(self, test: int) -> int:
        """Return how a test is graded."""
        return constants.SHARED

    def shareable(self, program: int, test: int) -> bool:
        """Whether the pair keeps nothing; see purity."""
        intake = self._intake
        return unusable(intake.programs[program], intake.tests[test]) is None and intake.pure[program][test] == "1"

    def together(self, program: int, tests: list[int], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run tests one after the other in one process, each in a fresh namespace."""
        code = self._intake.programs[program]
        stored = [kept for kept in map(self._intake.tests.__getitem__, tests) if isinstance(kept, Stored)]
        assert isinstance(code, Stored)

        def work(reporter: Reporter) -> None:
            examine_all(*_open(code, stored), reporter, details=self._details, looks=looks(cpu_s, self._guard.limits.borderline))

        session = self._guard.session(work, self._serials(), len(tests), cpu_s=cpu_s, keep=self._vaults)
        return verdicts_of(session, self._oom)

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in a fresh process."""
        code, kept = self._intake.programs[program], self._intake.tests[test]
        if (settled := unusable(code, kept)) is not None:
            return settled
        assert isinstance(code, Stored)
        assert isinstance(kept, Stored)

        def work(reporter: Reporter) -> None:
            own, (test_code,) = _open(code, [kept])
            examine(own, test_code, reporter, details=self._details)

        return verdict(self._guard.run(work, self._serials(), cpu_s=cpu_s, keep=self._vaults), self._oom)


def _open(program: Stored, tests: list[Stored]) -> tuple[CodeType, list[CodeType]]:
    """Take a program and tests out of the vaults that a child was given."""
    return take_out(KEPT_FD, [program])[0], take_out(KEPT_FD + 1, tests)
