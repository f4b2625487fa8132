"""One block: run every pair of its programs and tests, and answer with one frame.

Runs in a process of its own, so that what a block leaves in memory ends with it and the server stays as it was. That process
forks the candidates. It holds no test and no program text, so a forked candidate cannot find one in its memory (`taker`,
`sealed_store`).
"""

import gc
import importlib
import itertools
from collections.abc import Callable
from typing import Any

from .. import constants
from ..confinement.box import Box
from ..confinement.limits import PairLimits, address_space
from ..confinement.memory import memory_mb
from ..confinement.watch import Watcher
from ..grading.intake import from_message
from ..grading.isolated import IsolatedJudge
from ..grading.rows import Rows
from ..grading.sealed_store import Stores, read_details
from ..grading.shared import SharedJudge
from ..grading.verdicts import Verdict
from ..transport.frames import write_frame
from .warm_up import import_numpy


class BlockRun:
    """Runs the pairs of one block, which was taken in, in row order."""

    def __init__(self, message: dict[str, Any], stores: Stores, box: Box, alive: Callable[[], None], outbound: int) -> None:
        self._outbound = outbound
        self._alive = alive
        self._stores = stores
        self._intake = from_message(message)
        for module in self._intake.message["heavy"]:
            import_numpy() if module == "numpy" else importlib.import_module(module)
            gc.freeze()
        self.serials = itertools.count(self._intake.serials)
        self._limits = PairLimits.from_wire(self._intake.message["limits"])
        self._details = bool(self._intake.message["details"])
        self._judge = self._make_judge(Watcher(box, self._limits, address_space(), self._alive))

    def _make_judge(self, watcher: Watcher) -> SharedJudge:
        given = watcher, self.serials.__next__, self._intake, self._stores, self._details
        if self._intake.message["grading"] != "isolated":
            return SharedJudge(*given)
        return IsolatedJudge(*given, fallback=bool(self._intake.message["fallback"]))

    def run(self) -> None:
        """Run all pairs, then send the result."""
        rows = Rows(self._judge, self._limits.cpu_s, self._limits.borderline, self._limits.row_timeouts)
        tests = range(len(self._intake.tests))
        programs = len(self._intake.programs)
        table = rows.begin(programs, len(tests)) if self._limits.crowds else [[] for _ in range(programs)]
        for program, row in enumerate(table):
            self._alive()
            rows.finish(program, row, len(tests))
        rows.rerun_borderline()
        result = {
            "type": "result",
            "outcomes": [[cell.outcome for cell in row] for row in table],
            "cpu_s": [[round(cell.cpu_s, 6) for cell in row] for row in table],
            "grading": [[self._judge.grading(test) for test in tests]] * len(table),
            "reruns": rows.counts.reruns,
            "flips": rows.counts.flips,
            "endless": sum(cell.endless for row in table for cell in row),
            "memory_mb": memory_mb(),
            "details": self._detail_rows(table) if self._details else [],
        }
        write_frame(self._outbound, result)

    def _detail_rows(self, table: list[list[Verdict]]) -> list[tuple[int, int, str]]:
        """Return texts of the pairs that did not pass."""
        by_pair = read_details(self._stores.details)
        cells = [(i, j, cell) for i, row in enumerate(table) for j, cell in enumerate(row) if cell.outcome != constants.PASSED]
        return [(i, j, cell.detail or by_pair.get((i, j), "")) for i, j, cell in cells]
