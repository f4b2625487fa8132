"""Shared grading: program and test in one process; many tests in one session where that provably cannot change an outcome."""

from collections.abc import Callable
from types import CodeType

from . import codes
from .compiling import Unusable
from .examine import examine, examine_all
from .family import KEPT_FD
from .guard import End, Guard
from .intake import Intake
from .pair import OomCounter, Verdict, verdict
from .report import Reporter
from .vault import Stored, take_out


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
        return codes.SHARED

    def shareable(self, program: int, test: int) -> bool:
        """Whether the pair keeps nothing; see purity."""
        if isinstance(self._intake.programs[program], Unusable) or isinstance(self._intake.tests[test], Unusable):
            return False
        return self._intake.pure[program][test] == "1"

    def together(self, program: int, tests: list[int], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run tests one after the other in one process, each in a fresh namespace."""
        code = self._intake.programs[program]
        stored = [kept for kept in map(self._intake.tests.__getitem__, tests) if isinstance(kept, Stored)]
        assert isinstance(code, Stored)

        def work(reporter: Reporter) -> None:
            examine_all(*_open(code, stored), reporter, details=self._details)

        session = self._guard.session(work, self._serials(), len(tests), cpu_s=cpu_s, keep=self._vaults)
        verdicts = [verdict(ended, self._oom) for ended in session.settled]
        if session.broken is None:
            return verdicts, False
        if session.broken.end is End.CPU and session.broken.genuine:
            return [*verdicts, verdict(session.broken, self._oom)], False
        self._oom.rose()
        return verdicts, True

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in a fresh process."""
        code, kept = self._intake.programs[program], self._intake.tests[test]
        if isinstance(code, Unusable):
            return Verdict(code.outcome, 0.0, f"program: {code.detail}")
        if isinstance(kept, Unusable):
            return Verdict(kept.outcome, 0.0, f"test: {kept.detail}")

        def work(reporter: Reporter) -> None:
            own, (test_code,) = _open(code, [kept])
            examine(own, test_code, reporter, details=self._details)

        return verdict(self._guard.run(work, self._serials(), cpu_s=cpu_s, keep=self._vaults), self._oom)


def _open(program: Stored, tests: list[Stored]) -> tuple[CodeType, list[CodeType]]:
    """Take a program and tests out of the vaults that a child was given."""
    return take_out(KEPT_FD, [program])[0], take_out(KEPT_FD + 1, tests)
