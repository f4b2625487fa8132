"""The order in which a program's tests are run, and what is not run: sessions first, alone where in doubt, loops cut short.

A row is one program's tests in order. Two rules save time, and both say what they did.

Loops: right after a timeout the next test gets a quarter of the limit, and after `patience` timeouts in a row the rest of the row
is decided alike. A test that was cut at a quarter runs again at the full limit unless the row ends in that rule. A timeout that was
proved before its limit (`endless`) counts like any other.

Doubt: a session that ends at its first test without a verdict, as where the stack runs out, was started in vain. The next test
runs alone at once, then the next two after another such session, then four.

Borderline: tests run until the limit plus a band. One that ends within the band below or above the limit runs once more alone after
the rest of the block, and the smaller CPU time decides, since load can only add to it.
"""

from dataclasses import dataclass
from typing import Protocol

from . import codes
from .pair import Verdict

PROBATION = 0.25
"""Share of the limit for a test that follows a timeout; a loop costs 1.5 limits instead of 3 before the rule ends its row."""
LOOPS = Verdict(codes.TIMEOUT, 0.0, "not run: the program timed out too often before")
"""Verdict of a pair that the loop rule decides."""


class Judge(Protocol):
    """Runs pairs; programs and tests go by their numbers."""

    def shareable(self, program: int, test: int) -> bool:
        """Whether the test may run in one interpreter with others of its program."""

    def together(self, program: int, tests: list[int], cpu_s: float) -> tuple[list[Verdict], bool]:
        """Run tests in one session; return verdicts of the first ones, and whether the next must run alone before it goes on."""

    def alone(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test in a fresh process."""


@dataclass(slots=True)
class Counts:
    """What the rules did: pairs decided without a run, pairs run again for being borderline, and how many of those changed."""

    decided: int = 0
    reruns: int = 0
    flips: int = 0


class Rows:
    """Runs one row after the other; `cpu_s` is the limit, `band` the borderline share of it, `patience` 0 ends no row."""

    def __init__(self, judge: Judge, cpu_s: float, band: float, patience: int) -> None:
        self._judge = judge
        self._limit = cpu_s
        self._most = cpu_s * (1 + band)
        self._least = cpu_s * (1 - band) if band else float("inf")
        self._patience = patience
        self._borderline: list[tuple[list[Verdict], int, int, Verdict]] = []
        self._vain = self._apart = 0
        self.counts = Counts()

    def run(self, program: int, tests: int) -> list[Verdict]:
        """Return a verdict per test; borderline ones may change until `settle`."""
        row: list[Verdict] = []
        cut: list[int] = []
        streak = self._vain = self._apart = 0
        while len(row) < tests:
            if self._patience and streak >= self._patience:
                self.counts.decided += tests - len(row)
                row += [LOOPS] * (tests - len(row))
                return row
            for verdict in self._next(program, row, tests, streak, cut):
                row.append(verdict)
                streak = streak + 1 if verdict.outcome == codes.TIMEOUT else 0
                if not streak:
                    self._run_again(program, row, cut)
        if not (self._patience and streak >= self._patience):
            self._run_again(program, row, cut)
        return row

    def settle(self) -> None:
        """Run the borderline pairs again, alone; the smaller CPU time decides."""
        for row, program, test, first in self._borderline:
            second = self._judge.alone(program, test, self._most)
            before, row[test] = row[test], self._limited(min(first, second, key=lambda verdict: verdict.cpu_s))
            self.counts.reruns += 1
            self.counts.flips += before.outcome != row[test].outcome

    def _next(self, program: int, row: list[Verdict], tests: int, streak: int, cut: list[int]) -> list[Verdict]:
        """Run the next test, or as many as one session can take."""
        start = end = len(row)
        if self._apart and not streak:
            self._apart -= 1
            return [self._noted(row, program, start, self._judge.alone(program, start, self._most))]
        while not streak and end < tests and self._judge.shareable(program, end):
            end += 1
        if end - start > 1:
            verdicts, doubt = self._judge.together(program, list(range(start, end)), self._most)
            found = [self._noted(row, program, start + number, verdict) for number, verdict in enumerate(verdicts)]
            if doubt:
                self._vain = 0 if found else 2 * self._vain or 1
                self._apart = self._vain
                number = start + len(found)
                found.append(self._noted(row, program, number, self._judge.alone(program, number, self._most)))
            return found
        if not (streak and self._patience):
            return [self._noted(row, program, start, self._single(program, start, self._most))]
        verdict = self._single(program, start, self._limit * PROBATION)
        if verdict.outcome == codes.TIMEOUT and not verdict.endless:
            cut.append(start)
        return [verdict]

    def _single(self, program: int, test: int, cpu_s: float) -> Verdict:
        """Run one test, in a session if it may share one, since only there an endless loop is proved."""
        if self._judge.shareable(program, test):
            verdicts, _ = self._judge.together(program, [test], cpu_s)
            if verdicts:
                return verdicts[0]
        return self._judge.alone(program, test, cpu_s)

    def _run_again(self, program: int, row: list[Verdict], cut: list[int]) -> None:
        """Give tests that were cut at a quarter of the limit all of it."""
        for test in cut:
            row[test] = self._noted(row, program, test, self._judge.alone(program, test, self._most))
        cut.clear()

    def _noted(self, row: list[Verdict], program: int, test: int, verdict: Verdict) -> Verdict:
        if self._least <= verdict.cpu_s <= self._most:
            self._borderline.append((row, program, test, verdict))
        return self._limited(verdict)

    def _limited(self, verdict: Verdict) -> Verdict:
        if verdict.cpu_s > self._limit and verdict.outcome != codes.TAMPERED:
            return Verdict(codes.TIMEOUT, verdict.cpu_s, "over the CPU limit")
        return verdict
