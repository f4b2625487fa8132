"""One trial: a run, kills at set moments of it, the same command until it is done, and what came of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli import wait_for

from faults.run.field import Alone
from faults.run.job import Ending, Job
from faults.run.kills import Kill

COMMANDS = 4
"""Most times that the command is started; one kill takes two at most."""
IN_FLIGHT = 8
"""Most calls under way at once: two on each of two executors, and one that asks for texts for each of four problems."""
GONE_S = 60.0
"""Longest wait for what a finished run leaves to be gone."""


@dataclass(frozen=True)
class Step:
    """One kill. at: the part of all answers that the journal has by then, 0 to 1."""

    name: str
    at: float


@dataclass(frozen=True)
class Row:
    """What a trial showed. hit: kills that met something; codes: how each command ended; bound: most calls that were under way."""

    steps: tuple[Step, ...]
    hit: int
    codes: tuple[int, ...]
    seconds: float
    repeated: int
    bound: int
    flaws: tuple[str, ...]

    def cells(self) -> list[str]:
        """The row as text."""
        killed = ", ".join(f"{step.name} at {step.at:.0%}" for step in self.steps)
        ends = " ".join(map(str, self.codes))
        return [
            killed,
            f"{self.hit}",
            ends,
            f"{self.seconds:.0f}",
            f"{self.repeated}",
            f"{self.bound}",
            "; ".join(self.flaws) or "-",
        ]


HEAD = ("killed", "hit", "exit codes", "s", "calls repeated", "at most", "flaws")


def undisturbed(folder: Path, where: Alone) -> tuple[Ending, int]:
    """Run the job once in peace; return its ending, and how many answers it has."""
    job = Job(folder, where)
    job.start()
    assert job.end() == 0, job.said
    return job.ending(), job.answers()


def trial(steps: Sequence[Step], kills: dict[str, Kill], folder: Path, where: Alone, right: tuple[Ending, int]) -> Row:
    """Run the job, carry the steps out in order, and start the command again until it ends well."""
    where.mend()
    began, job, todo, codes, hit = time.monotonic(), Job(folder, where), list(steps), list[int](), 0
    while not codes or (codes[-1] != 0 and len(codes) < COMMANDS):
        where.mend()
        job.start()
        hit += _carry_out(todo, kills, job, where, right[1])
        codes.append(job.end())
    seconds = time.monotonic() - began
    return _judged(tuple(steps), hit, tuple(codes), seconds, job, where, right[0])


def _carry_out(todo: list[Step], kills: dict[str, Kill], job: Job, where: Alone, answers: int) -> int:
    """Kill what is due, until nothing is to be killed any more or the command has ended; return how many met something."""
    hit = 0
    while todo and not job.over():
        step = todo[0]
        wait_for(lambda: job.over() or job.answers() >= step.at * answers, f"{step} is due")  # noqa: B023
        where.boxes()
        if kills[step.name](where, job):
            hit += 1
            todo.pop(0)
        else:
            time.sleep(0.3)
    return hit


def _judged(
    steps: tuple[Step, ...], hit: int, codes: tuple[int, ...], seconds: float, job: Job, where: Alone, right: Ending
) -> Row:
    flaws = []
    if codes[-1] != 0:
        flaws.append(f"never ended well: {job.said[-1][-300:]}")
        return Row(steps, hit, codes, seconds, 0, 0, tuple(flaws))
    ending = job.ending()
    flaws += [f"another {name}" for name in ending.differs(right)]
    bound = IN_FLIGHT * len(steps)
    if ending.repeated > bound:
        flaws.append(f"{ending.repeated} calls repeated")
    deadline = time.monotonic() + GONE_S
    while where.left() and time.monotonic() < deadline:
        time.sleep(0.2)
    flaws += [f"left: {name}" for name in where.left()]
    return Row(steps, hit, codes, seconds, ending.repeated, bound, tuple(flaws))
