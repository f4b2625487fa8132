"""The host's side of a block of cases: portions go in, how each process ended and what it wrote comes out, pair by pair.

The case decides first, then the program, so few answers are waited for: the verdicts on one case are there before the next one
is sent. What programs are held against stays here.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coderm.errors import BlockCancelled, DataError, SandboxLost
from coderm.messages.execution import Limits, Outcome
from coderm.sandbox.runner.constants import MAX_TEXT
from coderm.sandbox.runner.transport.frames import FrameError, encode
from coderm.sandbox.wire.channel import Channel
from coderm.sandbox.wire.checked import amount, count
from coderm.sandbox.wire.giving_up import GivingUp

SEND_TIMEOUT_S = 60.0
"""Longest time a box may take to accept a portion."""
SILENCE_GRACE_S = 40.0
"""Beyond the wall limit of a pair: time to kill, to wipe and to start the next one on a busy machine."""
RUNS = 2
"""Most runs of a pair: borderline ones run twice."""
PORTION_CASES = 40
"""Most cases sent at once: their files take descriptors of the box."""
PORTION_BYTES = 4 << 20
"""Inputs sent at once; a larger one comes alone. They lie in the box's memory."""
MAX_PART = 64 << 20
"""Longest input, or file of a case, bytes; it lies in the box's memory beside the pair's own."""
DEFAULT_OUTPUT_KB = 16 * 1024
"""Longest output where `Limits.output_kb` is 0; the runner has the same number."""
ERRORS_TAIL = 2000
"""Most bytes of stderr that come back."""


@dataclass(frozen=True, slots=True)
class Files:
    """One case as bytes: what stdin reads, and the files whose paths are the program's arguments. Raises DataError."""

    stdin: bytes
    arguments: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        longest = max(map(len, (self.stdin, *self.arguments)))
        if longest > MAX_PART:
            raise DataError(f"a case of {longest} bytes is over the limit of {MAX_PART}; leave it out")


@dataclass(frozen=True, slots=True)
class Job:
    """Programs x cases to run. nonzero: whether the output of a program with another exit status than 0 counts.

    stop: whether a program's first pair that did not pass leaves out the rest.
    """

    block_id: str
    programs: tuple[str, ...]
    cases: Sequence[Files]
    limits: Limits
    nonzero: bool = False
    stop: bool = False
    details: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How one pair ended. `output` is None where nothing has to be compared; then `outcome` is the verdict."""

    program: int
    case: int
    outcome: Outcome
    cpu_s: float
    output: bytes | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the box says at the end: pairs run again for being borderline, those that changed, and its memory in MiB."""

    reruns: int = 0
    flips: int = 0
    memory_mb: float = 0.0


def run_job(
    channel: Channel,
    job: Job,
    take: Callable[[Ended], bool],
    alive: Callable[[], None] = lambda: None,
    giving_up: GivingUp | None = None,
) -> Told:
    """Run a job; `take` gets each pair as it ends and tells whether it passed.

    Raises SandboxLost when the box dies, falls silent or answers nonsense, DataError when a text is too long to send.

    Raises BlockCancelled when the block was given up.
    """
    giving_up = giving_up or GivingUp(time.monotonic)
    giving_up.begin(job.block_id)
    try:
        return _Run(channel, job, take, alive, giving_up).run()
    finally:
        giving_up.ended()


class _Run:
    """One job on its way."""

    def __init__(
        self, channel: Channel, job: Job, take: Callable[[Ended], bool], alive: Callable[[], None], giving_up: GivingUp
    ) -> None:
        self._channel, self._job, self._take, self._alive, self._giving_up = channel, job, take, alive, giving_up
        self._active = set(range(len(job.programs)))
        self._next_case = 0
        self._portions = 0
        self._silence_s = job.limits.wall_s + SILENCE_GRACE_S
        pairs = RUNS * len(job.programs) * len(job.cases)
        self._last = time.monotonic() + self._silence_s * (1 + pairs)

    def run(self) -> Told:
        """Answer the box until it tells the end."""
        self._channel.send(opening(self._job), SEND_TIMEOUT_S)
        self._giving_up.sent(self._job.block_id, lambda frame: self._channel.send(frame, SEND_TIMEOUT_S))
        while True:
            message = self._channel.receive(self._silence_s)
            try:
                match message["type"]:
                    case "alive":
                        self._alive()
                        self._giving_up.check()
                    case "next":
                        self._send_portion()
                    case "pair":
                        self._pair(message)
                    case "cancelled":
                        self._channel.expect_nothing_more()
                        raise BlockCancelled(f"block {self._job.block_id} was given up")
                    case "end":
                        return self._end(message)
                    case other:
                        raise ValueError(f"a message of type {other!r}")
            except (LookupError, TypeError, ValueError, OverflowError) as error:
                raise self._lost(f"answered nonsense ({error})") from None
            if time.monotonic() > self._last:
                raise self._lost("has been at it for too long")

    def _send_portion(self) -> None:
        end = self._next_case + self._portion_size() if self._active else self._next_case
        cases = self._job.cases[self._next_case : end]
        self._channel.expect_nothing_more()
        with self._giving_up.sending() as wanted:  # otherwise a cancel is on its way to the box in its place
            for data in portion(self._next_case, cases, sorted(self._active)) if wanted else ():
                self._channel.send(data, SEND_TIMEOUT_S)
        self._next_case = end

    def _portion_size(self) -> int:
        """Return how many cases come next: one where the first failure decides, more where a round trip would not pay."""
        self._portions += 1
        most = PORTION_CASES
        if self._job.stop:
            most = 1 if len(self._active) > 2 else min(most, 1 << (self._portions - 1))
        size = total = 0
        for place in range(self._next_case, min(self._next_case + most, len(self._job.cases))):
            case = self._job.cases[place]
            total += sum(map(len, (case.stdin, *case.arguments)))
            if size and total > PORTION_BYTES:
                break
            size += 1
        return size

    def _pair(self, message: dict[str, Any]) -> None:
        ended = receive_pair(self._channel, self._job, message)
        if ended.program in self._active and not self._take(ended) and self._job.stop:
            self._active.discard(ended.program)

    def _end(self, message: dict[str, Any]) -> Told:
        self._channel.expect_nothing_more()
        most = len(self._job.programs) * len(self._job.cases)
        return Told(count(message["reruns"], most), count(message["flips"], most), amount(message["memory_mb"]))

    def _lost(self, what: str) -> SandboxLost:
        return SandboxLost(f"block {self._job.block_id}: the sandbox {what}; it can be run again in another")


def receive_pair(channel: Channel, job: Job, message: dict[str, Any]) -> Ended:
    """Read what follows a message about a pair. Raises SandboxLost; LookupError, TypeError or ValueError for nonsense."""
    silence_s = job.limits.wall_s + SILENCE_GRACE_S
    most = 1024 * (job.limits.output_kb or DEFAULT_OUTPUT_KB)
    program, case = message["at"]
    sizes = [count(size, bound) for size, bound in zip(message["sizes"], (most, ERRORS_TAIL), strict=True)]
    outcome = Outcome(count(message["outcome"], len(Outcome) - 1))
    output, errors = (channel.receive_bytes(size, silence_s) for size in sizes)
    compared = outcome is Outcome.PASSED or (job.nonzero and message["exited"] is True)
    detail = " ".join(filter(None, (str(message["detail"]), errors.decode("utf-8", "replace").strip())))
    return Ended(
        count(program, len(job.programs) - 1),
        count(case, len(job.cases) - 1),
        outcome,
        amount(message["cpu_s"]),
        output if compared else None,
        detail,
    )


def opening(job: Job) -> bytes:
    """Return the frames that begin a job."""
    message = {
        "programs": [text if len(text) <= MAX_TEXT else None for text in job.programs],
        "limits": asdict(job.limits),
        "nonzero": job.nonzero,
        "stop": job.stop,
        "details": job.details,
    }
    try:
        return encode({"type": "cases"}) + encode(message)
    except FrameError as error:
        raise DataError(f"block {job.block_id}: {error}; put fewer programs into one block") from None


def portion(first: int, cases: Sequence[Files], programs: list[int]) -> Iterator[bytes]:
    """Yield the frame of a portion, then its parts; equal parts are sent once. Without cases it ends the job."""
    places: dict[bytes, int] = {}
    numbered = []
    for number, case in enumerate(cases, first):
        numbered.append((number, [places.setdefault(part, len(places)) for part in (case.stdin, *case.arguments)]))
    yield encode({"parts": [len(part) for part in places], "cases": numbered, "programs": programs})
    yield from filter(None, places)
