"""Isolated grading: a tester and a candidate process for each pair, or for as many pairs as may share them.

The process that forks both has never held a test. The candidate is forked first and holds the program only.
"""

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import CodeType

from .. import constants
from ..candidate.server import serve
from ..confinement.forks import KEPT_FD, LINK_FD
from ..confinement.reports import Report, Reporter
from ..confinement.watch import SecondProcess, Session
from ..tester.importing import import_from_library_only
from ..tester.program_names import Plan
from ..tester.run import Task, run_tester
from .rows import Pair
from .sealed_store import Stored, load, load_and_close, write_detail
from .shared import SharedJudge
from .verdicts import Verdict, unusable


@dataclass
class IsolatedJudge(SharedJudge):
    """Judges the pairs of one block. Tests that cannot be graded in isolation are shared with `fallback`, else unserved."""

    fallback: bool = True

    def grading(self, test: int) -> int:
        """Return how a test is graded; its own text alone decides that."""
        return constants.SHARED if self.fallback and self._obstacle(test) else constants.ISOLATED

    def shareable(self, program: int, test: int) -> bool:
        """Whether the pair may share its processes with others of the program."""
        return not self._obstacle(test) and super().shareable(program, test)

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in fresh processes."""
        if (obstacle := self._obstacle(test)) and not self.fallback:
            unserved = Verdict(constants.UNSERVED, 0.0, f"cannot be graded in isolation: the test {obstacle}")
            return unusable(self.intake.programs[program], self.intake.tests[test]) or unserved
        return super().alone(program, test, cpu_s)

    def _obstacle(self, test: int) -> str:
        """Return why a test cannot be graded in isolation; empty if it can."""
        entry = self.intake.tests[test]
        return entry.obstacle if isinstance(entry, Stored) else ""

    def _session(self, pairs: Sequence[Pair], cpu_s: float, *, alone: bool) -> Session:
        """Run pairs in one tester; the candidate executes the program anew for each."""
        if self._obstacle(pairs[0][1]):
            return super()._session(pairs, cpu_s, alone=alone)
        codes, stored = self._stored(pairs)
        programs, *others = self.stores
        looked = [not alone and self.looked(*pair) for pair in pairs]
        samples = 0 if alone or any(looked) else self._samples(cpu_s)

        def answer() -> None:
            loaded = list(load_and_close(KEPT_FD, codes).values())
            serve(loaded, LINK_FD, alone=alone, looked=any(looked), samples=samples)

        def work(reporter: Reporter) -> None:
            import_from_library_only()
            numbers = iter(pairs)

            def send(report: Report) -> None:
                """Send a report without its detail, which could show later candidates what tests expect; that goes to a file."""
                program, test = next(numbers)
                if report.detail:
                    write_detail(KEPT_FD + 1, program, test, report.detail)
                reporter.send(replace(report, detail=""))

            places = {program: place for place, program in enumerate(codes)}
            tasks = _tasks(pairs, looked, places, functools.cache(lambda test: load(KEPT_FD, stored[test])))
            os._exit(run_tester(tasks, LINK_FD, send, details=self.details, alone=alone))

        second = SecondProcess(answer, self.serials(), (programs,))
        return self.watcher.session(work, self.serials(), len(pairs), cpu_s=cpu_s, second=second, keep=tuple(others))


def _tasks(
    pairs: Sequence[Pair], looked: Sequence[bool], places: dict[int, int], read: Callable[[int], tuple[CodeType, Plan]]
) -> Iterator[Task]:
    """Yield what the tester is to run; `places` are those of the programs at the candidate. Each test is read when it is needed."""
    for (program, test), looks in zip(pairs, looked, strict=True):
        yield Task(*read(test), looks, places[program])
