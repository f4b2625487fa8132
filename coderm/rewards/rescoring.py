"""Rewards of stored rollouts computed again, and what changed by it."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from coderm.errors import DataError
from coderm.rewards.group import Group
from coderm.rewards.parts import Before
from coderm.rewards.reward import Reward, reward_group
from coderm.rewards.rollouts import RolloutLine, StoredGroup, lines_of
from coderm.rewards.written_tests import StoredTests, WriterReward, WrittenLine, rewarded_again

Rejudge = Callable[[StoredGroup], Group]
"""Judges the programs of a group again."""

SHOWN = 10
"""Largest changes that are kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """One program whose reward or status changed."""

    group: str
    program: int
    before: Before
    after: Before

    @property
    def size(self) -> float:
        """How far the reward moved; a null that came or went counts beyond every number."""
        if self.before.reward is None or self.after.reward is None:
            return float("inf") if self.before.reward != self.after.reward else 0.0
        return abs(self.after.reward - self.before.reward)


@dataclass(slots=True)
class Tally:
    """What changed. others: lines that the reward is not for. statuses: (before, after) -> programs.

    sums: of rewards that are not null, before and after.
    """

    programs: int = 0
    others: int = 0
    changed: int = 0
    nulls: list[int] = field(default_factory=lambda: [0, 0])
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)
    _largest: list[tuple[float, int, Change]] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Count one program."""
        self.programs += 1
        self.statuses[change.before.status, change.after.status] += 1
        for side, scored in enumerate((change.before, change.after)):
            self.nulls[side] += scored.reward is None
            self.sums[side] += scored.reward or 0.0
        if change.size > 0:
            self.changed += 1
            heapq.heappush(self._largest, (change.size, -self.programs, change))
            if len(self._largest) > SHOWN:
                heapq.heappop(self._largest)

    def mean(self, side: int) -> float | None:
        """Mean reward before (0) or after (1), nulls left out; None where all are null."""
        known = self.programs - self.nulls[side]
        return self.sums[side] / known if known else None

    def largest(self) -> list[Change]:
        """Return the largest changes, largest first, then in the order of the file."""
        return [change for _, _, change in sorted(self._largest, reverse=True)]


def rescored(
    groups: Iterable[StoredGroup | StoredTests], reward: Reward | WriterReward, rejudge: Rejudge | None, tally: Tally
) -> Iterator[RolloutLine | WrittenLine]:
    """Yield every line with its new reward and what it was before, and count the changes into `tally`.

    rejudge: judges each group of programs again; None: the stored verdicts decide and nothing runs. What the reward is not for, as
    written tests under one for programs, comes as it was. Raises DataError where there is no verdict.
    """
    for stored in groups:
        if isinstance(stored, StoredTests) != isinstance(reward, WriterReward):
            tally.others += len(stored.lines)
            yield from stored.lines
        elif isinstance(stored, StoredTests) and isinstance(reward, WriterReward):
            yield from _counted(stored, rewarded_again(stored, reward), tally)
        elif isinstance(stored, StoredGroup) and isinstance(reward, Reward):
            yield from _programs(stored, reward, rejudge, tally)


def _counted(stored: StoredTests, lines: Iterable[WrittenLine], tally: Tally) -> Iterator[WrittenLine]:
    for place, (old, new) in enumerate(zip(stored.lines, lines, strict=True)):
        before, after = Before(reward=old.reward, status=old.status), Before(reward=new.reward, status=new.status)
        tally.add(Change(old.group or old.problem, place, before, after))
        yield new


def _programs(stored: StoredGroup, reward: Reward, rejudge: Rejudge | None, tally: Tally) -> Iterator[RolloutLine]:
    group = rejudge(stored) if rejudge is not None else _as_judged(stored, reward)
    stop = stored.lines[0].stop if rejudge is None else "never"
    name = stored.lines[0].group or stored.problem
    lines = lines_of(stored.lines[0].group, group, reward_group(reward, group), stop)
    for place, (old, new) in enumerate(zip(stored.lines, lines, strict=True)):
        before, after = Before(reward=old.reward, status=old.status), Before(reward=new.reward, status=new.status)
        tally.add(Change(name, place, before, after))
        yield new.model_copy(update={**(old.model_extra or {}), "before": before})


def _as_judged(stored: StoredGroup, reward: Reward) -> Group:
    if not stored.complete:
        raise DataError(f"{stored.where}: a program without outcomes; give --problems or --tests, and it is judged")
    wanting = [term.name for term, _ in reward.terms if term.needs_all_tests]
    if wanting and any(line.stop == "first_failure" for line in stored.lines):
        why = f"judged with stop = first_failure, and {', '.join(wanting)} needs every test"
        raise DataError(f"{stored.where}: {why}; give --problems or --tests")
    return stored.group()
