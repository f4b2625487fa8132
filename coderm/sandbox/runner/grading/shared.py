"""Shared grading: program and test in one process; many pairs in one session where that cannot change an outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .. import constants
from ..confinement.forks import KEPT_FD
from ..confinement.reports import Reporter
from ..confinement.watch import Session, Watcher
from ..endless.loops import affordable_samples
from ..unittests.run_module import run_test, run_tests
from .intake import ALONE, CROWDED, LOOKED, Intake
from .rows import Pair
from .sealed_store import Entry, Stored, Stores, load_and_close
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

    def crowded(self, program: int, test: int) -> bool:
        """Whether a pair that is shareable may share its processes with other programs, too."""
        return self.intake.sharing[program][test] == CROWDED

    def together(self, pairs: list[Pair], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run pairs that are shareable one after the other in one session."""
        return verdicts_of(self._session(pairs, cpu_s, alone=False), self.oom)

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in fresh processes."""
        denied = unusable(self.intake.programs[program], self.intake.tests[test])
        return denied or verdict(self._session([(program, test)], cpu_s, alone=True).first, self.oom)

    def _session(self, pairs: Sequence[Pair], cpu_s: float, *, alone: bool) -> Session:
        programs, tests = self._stored(pairs)
        samples, looked = self._samples(cpu_s), [self.looked(*pair) for pair in pairs]

        def work(reporter: Reporter) -> None:
            codes, texts = load_and_close(KEPT_FD, programs), load_and_close(KEPT_FD + 1, tests)
            if alone:
                reporter.send(run_test(*codes.values(), *texts.values(), details=self.details)[0])
            else:
                loaded = [(codes[program], texts[test]) for program, test in pairs]
                run_tests(loaded, looked, reporter, details=self.details, samples=samples)

        return self.watcher.session(work, self.serials(), len(pairs), cpu_s=cpu_s, keep=self.stores[:2])

    def _stored(self, pairs: Sequence[Pair]) -> tuple[dict[int, Stored], dict[int, Stored]]:
        """Return the programs and the tests of pairs that can run, by their numbers, each once."""
        programs, tests = ({pair[place]: entries[pair[place]] for pair in pairs} for place, entries in enumerate(self._entries()))
        return _usable(programs), _usable(tests)

    def _entries(self) -> tuple[list[Entry], list[Entry]]:
        return self.intake.programs, self.intake.tests

    def _samples(self, cpu_s: float) -> int:
        return affordable_samples(cpu_s, self.watcher.limits.borderline)


def _usable(entries: dict[int, Entry]) -> dict[int, Stored]:
    return {number: entry for number, entry in entries.items() if isinstance(entry, Stored)}
