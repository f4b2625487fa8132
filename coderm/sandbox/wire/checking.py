"""Checker programs: a job kept open in a box of its own, asked about one output after the other.

A checker is called as `checker.py INPUT EXPECTED OUTPUT`, three files. It accepts by the first word it prints, or, where it prints
nothing, by exit status 0. What it does besides that, a crash or a timeout, is an `error` of the pair: never a pass, and no loss,
since a program can bring it about by what it writes.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from coderm.errors import SandboxLost
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Outcome
from coderm.sandbox.wire.channel import Channel
from coderm.sandbox.wire.jobs import SEND_TIMEOUT_S, SILENCE_GRACE_S, Ended, Files, Job, opening, portion, receive_pair

ACCEPTING = frozenset(("1", "1.0", "ok", "accepted", "ac", "yes", "true", "correct"))
"""First words, in any case, by which checkers accept; open-r1's print 1."""
WRONG_STATUS = "exited with status 1", "exited with status 2"
"""What the common library of checkers exits with for a wrong answer and for a wrong format."""
CPU_S = 10.0
"""Least CPU limit of a checker, which reads three files and may search."""
SHOWN = 200
"""Characters of its output that are shown."""


def verdict(ended: Ended) -> tuple[Outcome, str]:
    """Return what a checker's end says of the output it was asked about, and why."""
    said = (ended.output or b"").decode("utf-8", "replace")
    words = said.split(None, 1)
    if ended.outcome not in (Outcome.PASSED, Outcome.EXIT_STATUS):
        return Outcome.ERROR, f"the checker ended as {ended.outcome.label}: {ended.detail}"
    if ended.outcome is Outcome.PASSED and (not words or words[0].strip(".,:!").lower() in ACCEPTING):
        return Outcome.PASSED, ""
    if ended.outcome is Outcome.PASSED or ended.detail.startswith(WRONG_STATUS):
        return Outcome.FAILED, f"the checker refuses it: {said[:SHOWN].strip() or ended.detail}"
    return Outcome.ERROR, f"the checker ended as {ended.outcome.label}: {ended.detail}"


class CheckerSession:
    """One checker at work for one block. Raises SandboxLost when its box dies."""

    def __init__(self, channel: Channel, block: CaseBlock, alive: Callable[[], None]) -> None:
        limits = replace(block.limits, cpu_s=max(CPU_S, block.limits.cpu_s), row_timeouts=0)
        self._job = Job(block.block_id, (block.comparison.checker,), (Files(b""),), limits, nonzero=True, details=True)
        self._channel, self._alive = channel, alive
        self._silence_s = limits.wall_s + SILENCE_GRACE_S
        channel.send(opening(self._job), SEND_TIMEOUT_S)
        self._await("next")

    def ask(self, given: bytes, expected: bytes, output: bytes) -> tuple[Outcome, str]:
        """Return the verdict on an output, and why it is none that passes."""
        self._send((Files(b"", (given, expected, output)),))
        message = self._await("pair")
        try:
            ended = receive_pair(self._channel, self._job, message)
        except (LookupError, TypeError, ValueError) as error:
            raise self._nonsense(str(error)) from None
        self._await("next")
        return verdict(ended)

    def close(self) -> None:
        """End the job, so that the box is ready for another."""
        self._send(())
        self._await("end")
        self._channel.expect_nothing_more()

    def _send(self, cases: tuple[Files, ...]) -> None:
        for data in portion(0, cases, [0]):
            self._channel.send(data, SEND_TIMEOUT_S)

    def _await(self, kind: str) -> dict[str, Any]:
        while (message := self._channel.receive(self._silence_s)).get("type") == "alive":
            self._alive()
        if message.get("type") != kind:
            raise self._nonsense(f"a message of type {message.get('type')!r}")
        return message

    def _nonsense(self, what: str) -> SandboxLost:
        return SandboxLost(f"block {self._job.block_id}: the checker's sandbox answered nonsense ({what}); it can be run again")
