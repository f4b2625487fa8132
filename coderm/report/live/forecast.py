"""How long the present pass of a running job will still take, from looks at its counters; pure, the caller brings the time.

Every stage has its own pace: what it finished over the latest half of its life, counted from its first answer on, so that neither
the loading of a model nor the first answer's latency slows it. The stage that will end last gives the end. Nothing is shown before
each stage with work left has a pace, and while the expected end still moves.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

from coderm.messages.progress import Counters

LEAST_POINTS = 3
"""Answers of a stage at different times before its pace is believed."""
LEAST_PART = 0.1
"""Part of a stage's work that its pace must have been measured on."""
LEAST_PAUSES = 4
"""Longest pauses between answers that a pace must have been measured on: a quarter of it may hang on the next answer."""
LEAST_WINDOW_S = 30.0
"""Shortest time that an expected end must have stood still."""
WINDOW_PART = 0.25
"""The same as a part of the time since an end was first expected."""
STEADY = 0.15
"""How far ends expected within the window may differ, as a part of the pass's expected length."""
SPEED_WINDOW_S = 10.0
"""Seconds over which a speed is told."""
RECORDS = 100
"""Expected ends that are kept in the window, about."""


@dataclass(slots=True)
class Pace:
    """When a stage had finished how much. `before`: what it had finished ahead of the first point."""

    points: deque[tuple[float, float]] = field(default_factory=deque)
    before: float = 0.0
    began: float = 0.0

    def see(self, now: float, done: float) -> None:
        """Note a point if anything was finished since the last, and forget those before the latest half."""
        if not self.points and done:
            self.began = now
        if done and (not self.points or done > self.points[-1][1]):
            self.points.append((now, done))
        while len(self.points) > LEAST_POINTS and self.points[1][0] <= (self.began + now) / 2:
            self.before = self.points.popleft()[1]

    def end(self, left: float) -> float | None:
        """When `left` more will be finished; None as long as nothing can be said.

        Engines answer in clumps, so the first point is taken to have cost as long as the longest pause between two.
        """
        if len(self.points) < LEAST_POINTS:
            return None
        times = [time for time, _ in self.points]
        last, done = self.points[-1]
        pause = max(later - earlier for earlier, later in pairwise(times))
        took = last - times[0] + pause
        if done - self.before < LEAST_PART * (done + left) or took < LEAST_PAUSES * pause:
            return None
        return last + left * took / (done - self.before)


class Forecast:
    """Looks at one job again and again; a pass begins with the first problem let in, and a new one forgets the old."""

    def __init__(self) -> None:
        self._arrived = 0
        self._stages = _Stages()
        self._ends = _Ends(0.0)
        self._told: float | None = None

    def left(self, now: float, counters: Counters) -> float | None:
        """Seconds until the pass ends, None while nobody can know."""
        if counters.arrived < self._arrived or not self._arrived:
            self._stages, self._ends, self._told = _Stages(), _Ends(now), None
        self._arrived = counters.arrived
        end = self._stages.end(now, counters) if counters.arrived else None
        self._told = self._kept(now, end) if self._ends.steady(now, end) and end is not None else None
        return self._told

    def _kept(self, now: float, end: float) -> float | None:
        """What is left to tell: never more than was told last; where that cannot be kept, nothing until another end is steady."""
        left = end - now
        if self._told is None or left <= self._told:
            return left
        if left - self._told <= STEADY * (end - self._ends.began):
            return self._told
        self._ends.forget()
        return None


@dataclass(slots=True)
class _Stages:
    """The stages of a pass. `first`: tests and pairs planned when the first tests were seen."""

    paces: dict[str, Pace] = field(default_factory=lambda: {stage: Pace() for stage in ("candidates", "tests", "pairs")})
    first: tuple[int, int] = (0, 0)

    def end(self, now: float, counters: Counters) -> float | None:
        """When the last stage ends; None when a stage with work left has no pace yet."""
        done = {"candidates": counters.candidates, "tests": counters.tests, "pairs": counters.pairs_done}
        for stage, count in done.items():
            self.paces[stage].see(now, count)
        if not self.first[0]:
            self.first = counters.tests, counters.pairs_planned
        ends = [self.paces[stage].end(left) for stage, left in self._left(counters).items() if left > 0]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def _left(self, counters: Counters) -> dict[str, float]:
        """What each stage has still to do; problems that are not let in yet are taken to be like the others."""
        to_come = (counters.problems - counters.problems_done - counters.in_work) / counters.arrived
        missing = counters.tests_missing / max(counters.arrived - counters.in_work, 1) * counters.arrived
        tests = (counters.units - missing) * (1 + to_come) - counters.tests
        backlog = counters.pairs_planned - counters.pairs_done
        return {
            "candidates": counters.candidates_asked * (1 + to_come) - counters.candidates,
            "tests": tests,
            "pairs": backlog + (tests * self._pairs_per_test(counters) if counters.units else counters.pairs_planned * to_come),
        }

    def _pairs_per_test(self, counters: Counters) -> float:
        """Pairs that a further test brings: as the latest ones did, since hidden checks are planned before any test."""
        tests, planned = self.first
        if counters.tests > tests:
            return (counters.pairs_planned - planned) / (counters.tests - tests)
        return counters.pairs_planned / max(counters.tests, 1)


@dataclass(slots=True)
class _Ends:
    """Ends expected lately, in a pass that began at `began`; `known`: since when any is."""

    began: float
    known: float | None = None
    lately: deque[tuple[float, float]] = field(default_factory=deque)

    def forget(self) -> None:
        """Begin anew to watch whether an end stands still."""
        self.lately.clear()

    def steady(self, now: float, end: float | None) -> bool:
        """Whether an end has been expected all through the window, and always about the same."""
        if end is None or end <= now:
            self.lately.clear()
            return False
        self.known = now if self.known is None else self.known
        window = max(LEAST_WINDOW_S, WINDOW_PART * (now - self.known))
        if not self.lately or now - self.lately[-1][0] >= window / RECORDS:
            self.lately.append((now, end))
        while len(self.lately) > 1 and self.lately[1][0] <= now - window:
            self.lately.popleft()
        ends = [end, *(earlier for _, earlier in self.lately)]
        return self.lately[0][0] <= now - window and max(ends) - min(ends) <= STEADY * (max(ends) - self.began)


class Speed:
    """How fast a count grows, over the last SPEED_WINDOW_S seconds of looks at it."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque()

    def see(self, now: float, count: float) -> float:
        """Note a look and return the growth a second; 0 before two looks."""
        self._points.append((now, count))
        while len(self._points) > 2 and self._points[1][0] <= now - SPEED_WINDOW_S:
            self._points.popleft()
        (earlier, before), (later, after) = self._points[0], self._points[-1]
        return (after - before) / (later - earlier) if later > earlier else 0.0


def in_words(left_s: float) -> str:
    """A duration as coarse as it is known: tens of seconds, minutes, or hours."""
    if left_s < 95:
        return f"{max(10 * round(left_s / 10), 10)} s"
    return f"{round(left_s / 60)} min" if left_s < 5400 else f"{left_s / 3600:.1f} h"
