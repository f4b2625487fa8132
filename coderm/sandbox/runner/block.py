"""One block: compile each text once, run every pair in a fresh fork, answer with one frame.

Runs in a process of its own, so that what a block leaves in memory ends with it and the server stays as it was.
"""

import itertools
import time
from collections.abc import Callable
from typing import Any

from . import codes
from .box import Box
from .compiling import Compiled, Unusable, compile_all
from .examine import PROGRAM_FILE, TESTS_FILE, examine
from .guard import Guard
from .limits import PairLimits, address_space
from .pair import OomCounter, Verdict, verdict

ALIVE_S = 2.0
"""Pause between two signs of life of a long block."""

LOOPS = Verdict(codes.TIMEOUT, 0.0, "not run: the program timed out too often before")
"""Verdict of a pair that the row rule decides."""


class BlockRun:
    """Runs the pairs of one block in row order."""

    def __init__(self, message: dict[str, Any], box: Box, first_serial: int, alive: Callable[[], None]) -> None:
        self._message = message
        limits = PairLimits.from_wire(message["limits"])
        self._guard = Guard(box, limits, address_space())
        self._details = bool(message["details"])
        self._serials = itertools.count(first_serial)
        self._oom = OomCounter()
        self._alive = alive
        self._last_sign = time.monotonic()
        self._patience = limits.row_timeouts
        self._decided = 0

    def run(self) -> dict[str, Any]:
        """Return the result message."""
        programs = self._compile(self._message["programs"], PROGRAM_FILE)
        tests = self._compile(self._message["tests"], TESTS_FILE)
        rows = [self._row(program, tests) for program in programs]
        return {
            "type": "result",
            "outcomes": [[cell.outcome for cell in row] for row in rows],
            "cpu_s": [[round(cell.cpu_s, 6) for cell in row] for row in rows],
            "grading": [[codes.SHARED for _ in row] for row in rows],
            "decided": self._decided,
            "details": [(i, j, cell.detail) for i, row in enumerate(rows) for j, cell in enumerate(row) if self._told(cell)],
        }

    def _row(self, program: Compiled, tests: list[Compiled]) -> list[Verdict]:
        """Run one program's tests in order; once it has timed out often enough in a row, the rest is decided alike."""
        row: list[Verdict] = []
        streak = 0
        for test in tests:
            if self._patience and streak >= self._patience:
                row.append(LOOPS)
                self._decided += 1
                continue
            row.append(self._pair(program, test))
            streak = streak + 1 if row[-1].outcome == codes.TIMEOUT else 0
        return row

    def _told(self, cell: Verdict) -> bool:
        return self._details and cell.outcome != codes.PASSED

    def _compile(self, texts: list[str | None], filename: str) -> list[Compiled]:
        return compile_all(texts, filename, self._guard, lambda: next(self._serials))

    def _pair(self, program: Compiled, test: Compiled) -> Verdict:
        self._sign_of_life()
        if isinstance(program, Unusable):
            return Verdict(program.outcome, 0.0, f"program: {program.detail}")
        if isinstance(test, Unusable):
            return Verdict(test.outcome, 0.0, f"test: {test.detail}")
        ended = self._guard.run(lambda reporter: examine(program, test, reporter, details=self._details), next(self._serials))
        return verdict(ended, self._oom)

    def _sign_of_life(self) -> None:
        now = time.monotonic()
        if now - self._last_sign > ALIVE_S:
            self._last_sign = now
            self._alive()


def serials_needed(message: dict[str, Any]) -> int:
    """Return an upper bound of the serials a block uses: its pairs, and each text compiled alone after both together."""
    programs, tests = len(message["programs"]), len(message["tests"])
    return programs * tests + programs + tests + 2
