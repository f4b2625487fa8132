"""One block: compile each text once, run every pair of the two, answer with one frame.

Runs in a process of its own, so that what a block leaves in memory ends with it and the server stays as it was.
"""

import itertools
import time
from collections.abc import Callable
from typing import Any

from . import codes
from .box import Box
from .compiling import Compiled, Unusable, compile_all
from .examine import PROGRAM_FILE, TESTS_FILE
from .guard import Guard
from .limits import PairLimits, address_space
from .pair import Verdict
from .purity import Facts, facts
from .row import Rows
from .shared import SharedJudge
from .usage import memory_mb

ALIVE_S = 2.0
"""Pause between two signs of life of a long block."""
ALONE = Facts("sessions are off")


class BlockRun:
    """Runs the pairs of one block in row order."""

    def __init__(self, message: dict[str, Any], box: Box, first_serial: int, alive: Callable[[], None]) -> None:
        self._message = message
        self._limits = PairLimits.from_wire(message["limits"])
        self._guard = Guard(box, self._limits, address_space(), self._sign_of_life)
        self._details = bool(message["details"])
        self._serials = itertools.count(first_serial)
        self._alive = alive
        self._last_sign = time.monotonic()

    def run(self) -> dict[str, Any]:
        """Return the result message."""
        programs = self._compile(self._message["programs"], PROGRAM_FILE)
        tests = self._compile(self._message["tests"], TESTS_FILE)
        known = self._facts(self._message["programs"], programs), self._facts(self._message["tests"], tests)
        judge = SharedJudge(self._guard, self._serial, programs, tests, known, details=self._details)
        rows = Rows(judge, self._limits.cpu_s, self._limits.borderline, self._limits.row_timeouts)
        table = []
        for program in range(len(programs)):
            self._sign_of_life()
            table.append(rows.run(program, len(tests)))
        rows.settle()
        return {
            "type": "result",
            "outcomes": [[cell.outcome for cell in row] for row in table],
            "cpu_s": [[round(cell.cpu_s, 6) for cell in row] for row in table],
            "grading": [[codes.SHARED for _ in row] for row in table],
            "decided": rows.counts.decided,
            "reruns": rows.counts.reruns,
            "flips": rows.counts.flips,
            "memory_mb": memory_mb(),
            "details": [(i, j, cell.detail) for i, row in enumerate(table) for j, cell in enumerate(row) if self._told(cell)],
        }

    def _told(self, cell: Verdict) -> bool:
        return self._details and cell.outcome != codes.PASSED

    def _compile(self, texts: list[str | None], filename: str) -> list[Compiled]:
        return compile_all(texts, filename, self._guard, self._serial)

    def _facts(self, texts: list[str | None], compiled: list[Compiled]) -> list[Facts]:
        """Analyse what compiles, since only that is known not to hurt the parser."""
        if not self._limits.sessions:
            return [ALONE] * len(texts)
        return [
            ALONE if text is None or isinstance(code, Unusable) else facts(text) for text, code in zip(texts, compiled, strict=True)
        ]

    def _serial(self) -> int:
        return next(self._serials)

    def _sign_of_life(self) -> None:
        now = time.monotonic()
        if now - self._last_sign > ALIVE_S:
            self._last_sign = now
            self._alive()


def serials_needed(message: dict[str, Any]) -> int:
    """Return an upper bound of the serials a block uses: four per pair (session, alone, after a cut, borderline), and compiling."""
    programs, tests = len(message["programs"]), len(message["tests"])
    return 4 * programs * tests + programs + tests + 2
