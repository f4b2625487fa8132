"""The order of a program's tests, and which are left out: sessions first, single runs after a failed session, loops cut short.

Where crowds are wanted, one begins: one session for the first tests of all programs, as far as each is proved to leave and to find
nothing. A program at whose test it ends leaves the crowd, which goes on without it. What is left of the rows runs row by row.

A row is one program's tests in order. Every test that is run has its full limit, whatever the tests before it did, so no verdict
depends on the order of tests.

Loops: after `patience` timeouts in a row the rest of the row is left out, an outcome of its own and no verdict. Timeouts that are
borderline run again before they count for that. A timeout that was proved before its limit (`endless`) counts like any other. A
program that loops in every test costs `patience` limits.

Empty sessions: if a session ends before its first verdict, as where the stack runs out, the next 1, 2, 4, ... tests run alone.

Looked sessions: where a look ended one early, the next one holds as many tests as that one came to, and twice as many when it comes
to all of them. So a program that changes something at every test costs no more than single runs.

Borderline: tests run until the limit plus a band. One that ends within the band below or above the limit runs once more alone after
the rest of the block, and the smaller CPU time decides, since load can only add to it.
"""

from dataclasses import dataclass
from typing import Protocol

from .. import constants
from .verdicts import Verdict, over_cpu

Pair = tuple[int, int]
"""Numbers of a program and a test."""


class Judge(Protocol):
    """Runs pairs; programs and tests go by their numbers."""

    def shareable(self, program: int, test: int) -> bool:
        """Whether the test may run in one interpreter with others of its program."""

    def looked(self, program: int, test: int) -> bool:
        """Whether it may do so only as long as a look finds that the tests before have left nothing; else with any others."""

    def crowded(self, program: int, test: int) -> bool:
        """Whether one that is shareable may share it with other programs, too."""

    def together(self, pairs: list[Pair], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run pairs in one session; return verdicts of the first ones, and whether the next must run alone before it goes on."""

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in a fresh process."""


@dataclass(slots=True)
class Counts:
    """Pairs run again for being borderline, and how many of those changed."""

    reruns: int = 0
    flips: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Borderline:
    """A pair to run again: its place, and its first verdict as it came, not held against the limit."""

    row: list[Verdict]
    program: int
    test: int
    first: Verdict


class Rows:
    """Runs one row after the other; `cpu_s` is the limit, `band` the borderline share of it, `patience` 0 ends no row."""

    def __init__(self, judge: Judge, cpu_s: float, band: float, patience: int) -> None:
        self._judge = judge
        self._limit = cpu_s
        self._limit_with_band = cpu_s * (1 + band)
        self._borderline_from = cpu_s * (1 - band) if band else float("inf")
        self._patience = patience
        self._borderline: list[Borderline] = []
        self._empty_sessions = self._run_alone_next = self._span = 0
        self.counts = Counts()

    def begin(self, programs: int, tests: int) -> list[list[Verdict]]:
        """Run the crowd; return rows that `finish` completes."""
        rows: list[list[Verdict]] = [[] for _ in range(programs)]
        waiting = [(program, test) for program in range(programs) for test in range(self._crowded(program, tests))]
        while len({program for program, _ in waiting}) > 1:
            verdicts, run_next_alone = self._judge.together(waiting, self._limit_with_band)
            for (program, _), verdict in zip(waiting, verdicts, strict=False):
                self._add(program, rows[program], verdict)
            left = waiting[len(verdicts) :]
            leaves = waiting[len(verdicts) - (not run_next_alone)][0]
            waiting = [pair for pair in left if pair[0] != leaves] if left else []
        return rows

    def finish(self, program: int, row: list[Verdict], tests: int) -> None:
        """Add a verdict for each test that has none; borderline ones may change until `rerun_borderline`."""
        self._empty_sessions, self._run_alone_next, self._span = 0, 0, tests
        before = 0
        while True:
            if end := self._row_end(row, before):
                self._borderline = [pair for pair in self._borderline if pair.row is not row or pair.test < end]
                row[end:] = [self._left_out()] * (tests - end)
            before = len(row)
            if before == tests:
                return
            self._next(program, row, tests)

    def _crowded(self, program: int, tests: int) -> int:
        """Return how many tests of a row may be in a crowd before the first one that may not."""
        crowded = (self._judge.shareable(program, test) and self._judge.crowded(program, test) for test in range(tests))
        return next((test for test, one in enumerate(crowded) if not one), tests)

    def rerun_borderline(self) -> None:
        """Run the borderline pairs again, alone; the smaller CPU time decides."""
        for pair in self._borderline:
            self._run_again(pair)
        self._borderline.clear()

    def _next(self, program: int, row: list[Verdict], tests: int) -> None:
        """Run the next test, or as many as one session can take."""
        start = end = len(row)
        looked = False
        if self._run_alone_next:
            self._run_alone_next -= 1
        else:
            while end < tests and self._judge.shareable(program, end) and (end - start < self._span or not looked):
                looked = looked or self._judge.looked(program, end)
                end += 1
        if end == start or (looked and end == start + 1):
            self._span *= 2
            self._alone(program, row)
            return
        verdicts, run_next_alone = self._judge.together([(program, test) for test in range(start, end)], self._limit_with_band)
        for verdict in verdicts:
            self._add(program, row, verdict)
        if looked:
            self._span = 2 * self._span if len(verdicts) == end - start else max(1, len(verdicts))
        if run_next_alone:
            self._empty_sessions = 0 if verdicts else 2 * self._empty_sessions or 1
            self._run_alone_next = self._empty_sessions
            self._alone(program, row)

    def _alone(self, program: int, row: list[Verdict]) -> None:
        self._add(program, row, self._judge.alone(program, len(row), self._limit_with_band))

    def _add(self, program: int, row: list[Verdict], verdict: Verdict) -> None:
        if self._borderline_from <= verdict.cpu_s <= self._limit_with_band:
            self._borderline.append(Borderline(row, program, len(row), verdict))
        row.append(self._limited(verdict))

    def _row_end(self, row: list[Verdict], before: int) -> int:
        """Return how many tests come before those to leave out; 0 while the row goes on, as it did after `before` tests."""
        while end := self._looping(row, max(0, before - self._patience)):
            doubtful = [pair for pair in self._borderline if pair.row is row and end - self._patience <= pair.test < end]
            if not doubtful:
                return end
            self._borderline = [pair for pair in self._borderline if pair not in doubtful]
            for pair in doubtful:
                self._run_again(pair)
        return 0

    def _looping(self, row: list[Verdict], start: int) -> int:
        """Return how many tests it takes to the first `patience` timeouts in a row from `start` on; 0 where there are none."""
        streak = 0
        for place in range(start, len(row)):
            streak = streak + 1 if row[place].outcome == constants.TIMEOUT else 0
            if streak == self._patience > 0:
                return place + 1
        return 0

    def _run_again(self, pair: Borderline) -> None:
        second = self._judge.alone(pair.program, pair.test, self._limit_with_band)
        before, after = pair.row[pair.test], self._limited(min(pair.first, second, key=lambda verdict: verdict.cpu_s))
        pair.row[pair.test] = after
        self.counts.reruns += 1
        self.counts.flips += before.outcome != after.outcome

    def _left_out(self) -> Verdict:
        return Verdict(constants.LEFT_OUT, 0.0, f"left out: the program timed out {self._patience} times in a row before")

    def _limited(self, verdict: Verdict) -> Verdict:
        if verdict.cpu_s > self._limit and verdict.outcome != constants.TAMPERED:
            return Verdict(constants.TIMEOUT, verdict.cpu_s, over_cpu(verdict.cpu_s, self._limit))
        return verdict
