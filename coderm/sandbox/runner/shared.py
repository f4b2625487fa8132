"""Shared grading: program and test in one process; many tests in one session where that provably cannot change an outcome."""

from collections.abc import Callable

from .compiling import Compiled, Unusable
from .examine import examine, examine_all
from .guard import End, Guard
from .pair import OomCounter, Verdict, verdict
from .purity import Facts, why_impure


class SharedJudge:
    """Judges the pairs of one block; `programs` and `tests` are compiled, their facts are what is known of their texts."""

    def __init__(
        self,
        guard: Guard,
        serials: Callable[[], int],
        programs: list[Compiled],
        tests: list[Compiled],
        known: tuple[list[Facts], list[Facts]],
        *,
        details: bool,
    ) -> None:
        self._guard = guard
        self._serials = serials
        self._programs = programs
        self._tests = tests
        self._known = known
        self._details = details
        self._oom = OomCounter()

    def shareable(self, program: int, test: int) -> bool:
        """Whether the pair keeps nothing; see purity."""
        if isinstance(self._programs[program], Unusable) or isinstance(self._tests[test], Unusable):
            return False
        return not why_impure(self._known[0][program], self._known[1][test])

    def together(self, program: int, tests: list[int], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run tests one after the other in one process, each in a fresh namespace."""
        code = self._programs[program]
        cases = [self._tests[test] for test in tests]
        session = self._guard.session(
            lambda reporter: examine_all(code, cases, reporter, details=self._details),  # type: ignore[arg-type]
            self._serials(),
            len(tests),
            cpu_s=cpu_s,
        )
        verdicts = [verdict(ended, self._oom) for ended in session.settled]
        if session.broken is None:
            return verdicts, False
        if session.broken.end is End.CPU and session.broken.genuine:
            return [*verdicts, verdict(session.broken, self._oom)], False
        self._oom.rose()
        return verdicts, True

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in a fresh process."""
        code, case = self._programs[program], self._tests[test]
        if isinstance(code, Unusable):
            return Verdict(code.outcome, 0.0, f"program: {code.detail}")
        if isinstance(case, Unusable):
            return Verdict(case.outcome, 0.0, f"test: {case.detail}")
        ended = self._guard.run(lambda reporter: examine(code, case, reporter, details=self._details), self._serials(), cpu_s=cpu_s)
        return verdict(ended, self._oom)
