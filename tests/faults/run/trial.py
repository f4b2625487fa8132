"""One trial: a run, kills at set moments of it, the same command until it is done, and what came of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from faults.run.field import Alone
from faults.run.job import Ending, Job
from faults.run.kills import Gone, Kill
from faults.run.remains import Before

COMMANDS = 4
"""Most times that the command is started; one kill takes two at most."""
IN_FLIGHT = 8
"""Most calls under way at once: two on each of two executors, and one that asks for texts for each of four problems."""
GONE_S = 60.0
"""Longest wait for what was killed, and for what a finished run leaves, to be gone."""
LOOK_S = 0.05
"""Between two looks at a run whose moment has not come."""


@dataclass(frozen=True)
class Step:
    """One kill. at: the part of all answers that the journal has by then, 0 to 1."""

    name: str
    at: float

    def __str__(self) -> str:
        return f"{self.name} at {self.at:.0%}"


@dataclass(frozen=True)
class Row:
    """What a trial showed. hit: kills after which their victim was gone; codes: how each command ended; bound: most calls that were
    under way."""

    steps: tuple[Step, ...]
    hit: int
    codes: tuple[int, ...]
    seconds: float
    repeated: int
    bound: int
    flaws: tuple[str, ...]

    def cells(self) -> list[str]:
        """The row as text."""
        killed, ends = ", ".join(map(str, self.steps)), " ".join(map(str, self.codes))
        hit = f"{self.hit} of {len(self.steps)}"
        return [killed, hit, ends, f"{self.seconds:.0f}", f"{self.repeated}", f"{self.bound}", "; ".join(self.flaws) or "-"]


HEAD = ("killed", "hit", "exit codes", "s", "calls repeated", "at most", "flaws, things left among them")


def undisturbed(folder: Path, where: Alone, *more: str) -> tuple[Ending, int]:
    """Run the job once in peace; return its ending, and how many answers it has."""
    job = Job(folder, where, *more)
    job.start()
    assert job.end() == 0, job.said
    return job.ending(), job.answers()


def trial(
    steps: Sequence[Step], kills: Mapping[str, Kill], folder: Path, where: Alone, right: tuple[Ending, int], *more: str
) -> Row:
    """Run the job, carry the steps out in order, start the command again until it ends well. A kill that hit nothing is a flaw."""
    where.mend()
    began, job, todo, codes, missed = time.monotonic(), Job(folder, where, *more), list(steps), list[int](), list[Step]()
    before = Before(where)
    while not codes or (codes[-1] != 0 and len(codes) < COMMANDS):
        where.mend()
        job.start()
        struck = _carry_out(todo, kills, job, where, right[1])
        codes.append(job.end())
        missed += [step for step, gone in struck if not _in_time(gone)]
    seconds, missed = time.monotonic() - began, missed + todo
    flaws = [f"not hit: {step}" for step in missed]
    hit, bound = len(steps) - len(missed), IN_FLIGHT * len(steps)
    if codes[-1] != 0:
        flaws.append(f"never ended well: {job.said[-1][-300:]}")
        return Row(tuple(steps), hit, tuple(codes), seconds, 0, bound, tuple(flaws))
    ending = job.ending()
    flaws += [f"another {name}" for name in ending.differs(right[0])]
    flaws += [f"{ending.repeated} calls repeated"] if ending.repeated > bound else []
    _in_time(lambda: not before.left())
    flaws += [f"left: {name}" for name in before.left()]
    return Row(tuple(steps), hit, tuple(codes), seconds, ending.repeated, bound, tuple(flaws))


def _carry_out(todo: list[Step], kills: Mapping[str, Kill], job: Job, where: Alone, answers: int) -> list[tuple[Step, Gone]]:
    """Kill what is due, until nothing is to be killed any more or the command has ended; return what was killed."""
    struck = []
    while todo and not job.over():
        step = todo[0]
        if job.answers() >= step.at * answers:
            where.boxes()
            if (gone := kills[step.name](where, job)) is not None:
                struck.append((step, gone))
                todo.pop(0)
        time.sleep(LOOK_S)
    return struck


def _in_time(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + GONE_S
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return met
