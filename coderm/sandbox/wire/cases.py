"""A block of cases: run its processes, hold what they wrote against what was expected, and fill the result. All on the host."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np

from coderm.errors import SandboxLost
from coderm.messages.cases import Case, CaseBlock
from coderm.messages.execution import GRADINGS, BlockResult, Outcome
from coderm.sandbox.wire.channel import Channel
from coderm.sandbox.wire.giving_up import GivingUp
from coderm.sandbox.wire.jobs import MAX_PART, Ended, Files, Job, Told, run_job

Judge = Callable[[int, bytes], tuple[Outcome, str]]
"""Tells of a case and an output whether it is right, and why not."""
LONGEST_CHARACTER = 4
"""Bytes of a character in UTF-8, at most."""
KEPT_OUTPUTS = 64
"""Outputs of one case whose verdicts are remembered: most programs write one of a few."""


class Inputs(Sequence[Files]):
    """The inputs of cases, each encoded when it is asked for: the host holds those of a portion twice, not those of a block.

    Raises DataError at once when one is too long.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases
        for case in cases:
            if len(case.input) > MAX_PART // LONGEST_CHARACTER:
                _files(case)

    def __len__(self) -> int:
        return len(self._cases)

    @overload
    def __getitem__(self, place: int) -> Files: ...

    @overload
    def __getitem__(self, place: slice) -> "Inputs": ...

    def __getitem__(self, place: int | slice) -> "Files | Inputs":
        return _files(self._cases[place]) if isinstance(place, int) else Inputs(self._cases[place])


def _files(case: Case) -> Files:
    return Files(case.input.encode("utf-8", "surrogatepass"))


def job_of(block: CaseBlock) -> Job:
    """Return what is run for a block; nothing of what it expects is in it."""
    return Job(
        block.block_id,
        block.programs,
        Inputs(block.cases),
        block.limits,
        nonzero=block.nonzero_exit == "allowed",
        stop=block.stop == "first_failure",
        details=block.details,
    )


def run_cases(
    channel: Channel,
    block: CaseBlock,
    judge: Judge,
    alive: Callable[[], None] = lambda: None,
    giving_up: GivingUp | None = None,
) -> BlockResult:
    """Run a block over a channel. Raises SandboxLost and BlockCancelled as `run_job` does."""
    table = _Table(block, judge)
    told = run_job(channel, job_of(block), table.take, alive, giving_up)
    return table.result(told)


@dataclass
class _Table:
    """The verdicts of a block, filled pair by pair."""

    block: CaseBlock
    judge: Judge
    details: dict[tuple[int, int], str] = field(default_factory=dict)
    known: dict[bytes, tuple[Outcome, str]] = field(default_factory=dict)
    case: int = -1

    def __post_init__(self) -> None:
        shape = (len(self.block.programs), len(self.block.cases))
        self.outcomes = np.full(shape, Outcome.LEFT_OUT, np.int8)
        self.cpu_s = np.zeros(shape, np.float32)

    def take(self, ended: Ended) -> bool:
        """Judge a pair and keep its verdict; whether it passed."""
        outcome, why = ended.outcome, ended.detail
        if ended.output is not None:
            right, told = self._judged(ended.case, ended.output)
            if right is Outcome.PASSED or outcome is not Outcome.ERROR:
                outcome, why = right, told
        place = ended.program, ended.case
        self.outcomes[place], self.cpu_s[place] = outcome, ended.cpu_s
        if self.block.details and outcome is not Outcome.PASSED:
            self.details[place] = why
        return outcome is Outcome.PASSED

    def _judged(self, case: int, output: bytes) -> tuple[Outcome, str]:
        if case != self.case or len(self.known) >= KEPT_OUTPUTS:
            self.case, self.known = case, {}
        if output not in self.known:
            self.known[output] = self.judge(case, output)
        return self.known[output]

    def result(self, told: Told) -> BlockResult:
        """Return the result. Raises SandboxLost when pairs are missing that had to run."""
        if (self._may_be_left_out() < (self.outcomes == Outcome.LEFT_OUT)).any():
            raise SandboxLost(f"block {self.block.block_id}: the sandbox left pairs out; it can be run again in another")
        grading = np.full(self.outcomes.shape, GRADINGS.index("isolated"), np.int8)
        return BlockResult(
            self.block.block_id,
            self.outcomes,
            self.cpu_s,
            grading,
            self.details,
            told.memory_mb,
            reruns=told.reruns,
            flips=told.flips,
        )

    def _may_be_left_out(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
        """Return, for each pair, whether the ones before it may have ended its row."""
        ends = np.zeros(self.outcomes.shape, bool)
        if self.block.stop == "first_failure":
            ends |= self.outcomes != Outcome.PASSED
        if patience := self.block.limits.row_timeouts:
            looped = self.outcomes == Outcome.TIMEOUT
            ends |= looped & (np.cumsum(looped, axis=1) >= patience)
        before = np.zeros_like(ends)
        before[:, 1:] = np.logical_or.accumulate(ends & (self.outcomes != Outcome.LEFT_OUT), axis=1)[:, :-1]
        return before
