"""One pair of a program and a case: a confined process whose descriptors 0, 1 and 2 are files, and what came of it."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace

from .. import constants
from ..confinement.box import Box
from ..confinement.forks import KEPT_FD, REPORT_FD
from ..confinement.limits import MB, PairLimits, address_space
from ..confinement.reports import Reporter
from ..confinement.watch import MEMORY_EXIT, End, ForkResult, Watcher
from ..grading.sealed_store import Stored, load
from ..grading.verdicts import OomCounter, never_wakes, over_cpu
from .interpreter import ERROR_EXIT, run_as_main
from .portions import reopened

DEFAULT_OUTPUT_KB = 16 * 1024
"""Longest output where no limit is set; a case of 10 MB has room."""
PROGRAM_FD = KEPT_FD + 3
"""Behind the descriptors that become 0, 1 and 2."""
FURTHER_FD = PROGRAM_FD + 1
"""First descriptor of the further files of a case, whose paths are the program's arguments."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and the files it wrote, which the owner closes.

    outcome: PASSED with status 0; whether the output is right the host says. exited: ended by no signal and no limit.
    """

    outcome: int
    cpu_s: float
    detail: str
    exited: bool = False
    output: int = -1
    errors: int = -1

    def close(self) -> None:
        """Close the files."""
        for fd in (self.output, self.errors):
            if fd >= 0:
                os.close(fd)


class PairRunner:
    """Runs pairs of one block one after the other; `errors` tells whether what they write to stderr is kept."""

    def __init__(
        self, box: Box, limits: PairLimits, store: int, serials: Callable[[], int], tick: Callable[[], None], *, errors: bool
    ) -> None:
        self._max_output = 1024 * (limits.output_kb or DEFAULT_OUTPUT_KB)
        room_mb = max(limits.files_mb, self._max_output // MB + 2)  # beyond the limit, so that who passes it is seen
        self._watcher = Watcher(box, replace(limits, files_mb=room_mb, output_kb=0), address_space(), tick)
        self._store, self._serials, self._errors = store, serials, errors
        self._oom = OomCounter()

    def run(self, program: Stored, files: list[int], cpu_s: float) -> Ended:
        """Run a program on the first of `files` as its input and the others as its arguments."""
        opened = [reopened(fd) for fd in files]
        output = os.memfd_create("output", os.MFD_CLOEXEC)
        errors = os.memfd_create("errors", os.MFD_CLOEXEC) if self._errors else os.open(os.devnull, os.O_WRONLY)
        argv = [f"/dev/fd/{FURTHER_FD + place}" for place in range(len(opened) - 1)]

        def work(_: Reporter) -> None:
            code = load(PROGRAM_FD, program)[0]
            for place in range(3):
                os.dup2(KEPT_FD + place, place)
            os.closerange(REPORT_FD, FURTHER_FD)
            run_as_main(code, argv)

        keep = (opened[0], output, errors, self._store, *opened[1:])
        try:
            result = self._watcher.run(work, self._serials(), cpu_s=cpu_s, keep=keep)
        finally:
            for fd in opened:
                os.close(fd)
        overrun = max(os.fstat(output).st_size, os.fstat(errors).st_size) > self._max_output
        outcome, detail = self._outcome(result, overrun=overrun)
        exited = result.end is End.EXITED and not overrun and outcome != constants.MEMORY and not os.WIFSIGNALED(result.status)
        return Ended(outcome, result.cpu_s, detail, exited, output, errors)

    def _outcome(self, result: ForkResult, *, overrun: bool) -> tuple[int, str]:
        if result.end is End.CPU:
            return constants.TIMEOUT, over_cpu(result.cpu_s, result.limits.cpu_s)
        if result.end is End.WALL:
            return constants.TIMEOUT, f"over the wall limit of {result.limits.wall_s:g} s, with {result.cpu_s:.2f} s of CPU time"
        if result.end is End.STUCK:
            return constants.TIMEOUT, never_wakes(result)
        if overrun:
            return constants.OUTPUT_LIMIT, f"over the output limit of {self._max_output} bytes"
        if os.WIFSIGNALED(result.status):
            return self._killed(os.WTERMSIG(result.status))
        status = os.WEXITSTATUS(result.status)
        if status == MEMORY_EXIT:
            return constants.MEMORY, "out of memory"
        if status == ERROR_EXIT:
            return constants.ERROR, "ended with an exception"
        return (constants.EXIT_STATUS, f"exited with status {status}") if status else (constants.PASSED, "")

    def _killed(self, number: int) -> tuple[int, str]:
        if number == signal.SIGKILL and self._oom.rose():
            return constants.MEMORY, "killed for memory"
        return constants.ERROR, f"killed by signal {number}"
