"""A block of cases: asks for a portion, runs its pairs, sends how each ended and what it wrote, and asks for the next one.

The host names the programs of every portion, so that it can leave out those that failed. A program that fails here by itself is
left out of the rest of its portion at once where the first failure decides, and one that timed out too often in a row always.

A pair whose CPU time is near to the limit runs again at once, and the smaller time decides: load can only add to it.
"""

import gc
import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .. import constants
from ..confinement.box import Box
from ..confinement.limits import PairLimits
from ..confinement.memory import memory_mb
from ..grading.compiling import Unusable
from ..grading.sealed_store import Stores, from_wire
from ..grading.verdicts import over_cpu
from ..transport.frames import write_frame
from .pair import Ended, PairRunner
from .portions import Portion, next_portion

ERRORS_TAIL = 2000
"""Bytes of the end of what a program writes to stderr that are sent as the reason of its failure."""


class CaseRun:
    """Runs the pairs of one block, whose opening was taken in, case by case, each by all programs."""

    def __init__(
        self, message: dict[str, Any], stores: Stores, box: Box, alive: Callable[[], None], streams: tuple[int, int]
    ) -> None:
        self._inbound, self._outbound = streams
        self._stop, self._nonzero, self._details = (bool(message[name]) for name in ("stop", "nonzero", "details"))
        self._programs = [from_wire(entry) for entry in message["programs"]]
        self._limits = PairLimits.from_wire(message["limits"])
        self.serials = itertools.count(message["serials"])
        self._runner = PairRunner(box, self._limits, stores.programs, self.serials.__next__, alive, errors=self._details)
        self._timeouts = [0] * len(self._programs)
        self._reruns = self._flips = 0
        gc.freeze()

    def run(self) -> None:
        """Serve portions until an empty one comes, then send the end."""
        more = True
        while more:
            write_frame(self._outbound, {"type": "next"})
            with next_portion(self._inbound) as portion:
                self._run_portion(portion)
                more = bool(portion.cases)
        told = {"reruns": self._reruns, "flips": self._flips, "memory_mb": memory_mb()}
        write_frame(self._outbound, {"type": "end", **told})

    def _run_portion(self, portion: Portion) -> None:
        programs = [program for program in portion.programs if not self._looping(program)]
        for case, parts in portion.cases:
            files = [portion.files[part] for part in parts]
            programs = [program for program in programs if self._goes_on(program, self._run_pair(program, case, files))]

    def _run_pair(self, program: int, case: int, files: list[int]) -> Ended:
        """Run one pair and send what came of it."""
        entry = self._programs[program]
        if isinstance(entry, Unusable):
            ended = Ended(entry.outcome, 0.0, f"program: {entry.detail}")
        else:
            ended = self._steady(lambda cpu_s: self._runner.run(entry, files, cpu_s))
        try:
            self._send(program, case, ended)
        finally:
            ended.close()
        return ended

    def _steady(self, run: Callable[[float], Ended]) -> Ended:
        """Run a pair, twice where its CPU time is near to the limit."""
        limit, band = self._limits.cpu_s, self._limits.borderline
        first = run(limit * (1 + band))
        if not band or not limit * (1 - band) <= first.cpu_s <= limit * (1 + band):
            return self._limited(first)
        second = run(limit * (1 + band))
        best, other = sorted((first, second), key=lambda ended: ended.cpu_s)
        other.close()
        self._reruns += 1
        self._flips += self._limited(first).outcome != self._limited(best).outcome
        return self._limited(best)

    def _limited(self, ended: Ended) -> Ended:
        limit = self._limits.cpu_s
        if ended.cpu_s <= limit:
            return ended
        return replace(ended, outcome=constants.TIMEOUT, detail=over_cpu(ended.cpu_s, limit), exited=False)

    def _send(self, program: int, case: int, ended: Ended) -> None:
        """Send how a pair ended, what the host compares, and the end of stderr; from file to stream, not through this process."""
        output = os.fstat(ended.output).st_size if self._comparable(ended) else 0
        tail = self._details and ended.errors >= 0 and ended.outcome != constants.PASSED
        errors = os.fstat(ended.errors).st_size if tail else 0
        skipped = max(0, errors - ERRORS_TAIL)
        told = {"outcome": ended.outcome, "cpu_s": round(ended.cpu_s, 6), "detail": ended.detail, "exited": ended.exited}
        write_frame(self._outbound, {"type": "pair", "at": [program, case], "sizes": [output, errors - skipped], **told})
        self._pour(ended.output, 0, output)
        self._pour(ended.errors, skipped, errors)

    def _pour(self, fd: int, start: int, end: int) -> None:
        while start < end:
            start += os.sendfile(self._outbound, fd, start, end - start)

    def _comparable(self, ended: Ended) -> bool:
        return ended.outcome == constants.PASSED or (self._nonzero and ended.exited)

    def _goes_on(self, program: int, ended: Ended) -> bool:
        self._timeouts[program] = self._timeouts[program] + 1 if ended.outcome == constants.TIMEOUT else 0
        return not self._looping(program) and (not self._stop or self._comparable(ended))

    def _looping(self, program: int) -> bool:
        return self._timeouts[program] >= self._limits.row_timeouts > 0
