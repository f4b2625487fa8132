"""What a job is expected to take still, over simulated jobs of several shapes whose true length is known."""

import random
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from coderm.messages.progress import Counters
from coderm.report.live.forecast import Forecast, in_words

DRIFT = 0.25
"""Most that an expected end may rise above one told before, as a part of the true length."""
ERROR = 0.35
"""Most that an expected end may be off, as a part of the true length."""
SAMPLES, UNITS, DISTINCT, CHECKS = 10, 8, 6, 3


@dataclass
class Request:
    """A request under way: whose, for what, and engine seconds left."""

    problem: int
    role: str
    left_s: float


@dataclass
class SimulatedJob:
    """A job second by second. Requests wait in line for `slots` places in the engine, where all together get one second a second,
    or, if `batched`, each gets one; a writer of its own has a line of its own. Pairs run at `pairs_per_s`.
    """

    problems: int = 60
    window: int = 64
    slots: int = 16
    candidates_s: float = 5.0
    tests_s: float = 5.0
    batched: bool = False
    own_writer: bool = False
    pairs_per_s: float = 1000.0
    silent_s: int = 0
    ramp_s: float = 0.0
    jitter: float = 0.3
    shortage: float = 0.0
    candidates_known: bool = False
    passes_to_come: int = 0
    lines: dict[str, deque[Request]] = field(default_factory=dict)
    pairs: deque[list] = field(default_factory=deque)

    def run(self):
        """Yield (seconds, counters) until the job is done."""
        self.random = random.Random(7)
        self.lines = {"main": deque(), "writer": deque()} if self.own_writer else {"main": deque()}
        self.counters = Counters(problems=self.problems, passes_to_come=self.passes_to_come)
        now = 0
        while self.counters.problems_done < self.problems:
            if now >= self.silent_s:
                self._second(min(1.0, 0.2 + (now - self.silent_s) / self.ramp_s) if self.ramp_s else 1.0)
            now += 1
            yield now, replace(self.counters)

    def _second(self, speed):
        while self.counters.in_work < self.window and self.counters.arrived < self.problems:
            self._arrive(self.counters.arrived)
        for line in self.lines.values():
            running = list(line)[: self.slots]
            for request in running:
                request.left_s -= speed if self.batched else speed / len(running)
            for request in [item for item in running if item.left_s <= 0]:
                line.remove(request)
                self._answered(request)
        self._run_pairs(self.pairs_per_s)

    def _arrive(self, problem):
        counters = self.counters
        counters.arrived += 1
        counters.in_work += 1
        counters.candidates_asked += SAMPLES
        counters.units += UNITS
        request = Request(problem, "policy", self._seconds(self.candidates_s))
        if self.candidates_known:
            self._answered(request)
        else:
            self.lines["main"].append(request)

    def _seconds(self, mean):
        return mean * (1 + self.jitter * (2 * self.random.random() - 1))

    def _answered(self, request):
        if request.role == "policy":
            self.counters.candidates += SAMPLES
            self._plan(request.problem, DISTINCT * CHECKS, last=False)
            line = self.lines.get("writer", self.lines["main"])
            line.append(Request(request.problem, "coderm", self._seconds(self.tests_s)))
        else:
            written = round(UNITS * (1 - self.shortage))
            self.counters.tests += written
            self._plan(request.problem, DISTINCT * written, last=True)

    def _plan(self, problem, pairs, last):
        self.counters.pairs_planned += pairs
        self.pairs.append([pairs, last])

    def _run_pairs(self, able):
        while self.pairs and able > 0:
            done = min(able, self.pairs[0][0])
            self.pairs[0][0] -= done
            able -= done
            self.counters.pairs_done += done
            if not self.pairs[0][0] and self.pairs.popleft()[1]:
                self.counters.in_work -= 1
                self.counters.problems_done += 1
                self.counters.tests_missing += UNITS - round(UNITS * (1 - self.shortage))


SHAPES = {
    "stages in sequence": SimulatedJob(),
    "long candidates, short tests": SimulatedJob(candidates_s=8.0, tests_s=4.0),
    "short candidates, long tests": SimulatedJob(candidates_s=1.0, tests_s=12.0),
    "a window of problems": SimulatedJob(problems=300, window=16),
    "a slow start": SimulatedJob(problems=300, window=16, silent_s=240, ramp_s=120.0),
    "a slow start in sequence": SimulatedJob(silent_s=240, ramp_s=60.0),
    "answers in clumps": SimulatedJob(problems=160, window=160, batched=True, candidates_s=40.0, tests_s=40.0, jitter=0.0),
    "uneven answers in a batch": SimulatedJob(problems=300, window=32, batched=True, candidates_s=40.0, tests_s=40.0, jitter=0.9),
    "a writer of its own": SimulatedJob(problems=200, window=64, own_writer=True),
    "a slow writer of its own": SimulatedJob(problems=100, window=64, own_writer=True, tests_s=9.0),
    "slow execution": SimulatedJob(problems=200, window=32, pairs_per_s=5.0),
    "a shortage of tests": SimulatedJob(problems=200, window=32, shortage=0.5),
    "candidates known from the pass before": SimulatedJob(problems=200, window=32, candidates_known=True),
}


def told(job):
    """(seconds, seconds left or None) at each look, and the true length."""
    forecast = Forecast()
    looks = [(now, forecast.left(now, counters)) for now, counters in job.run()]
    return looks, looks[-1][0]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_expected_end_once_told_does_not_move_away(shape):
    looks, length = told(SHAPES[shape])
    earliest = None
    for now, left in looks:
        if left is not None:
            assert earliest is None or now + left <= earliest + DRIFT * length, (now, left, earliest, length)
            earliest = min(earliest or now + left, now + left)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_expected_end_is_about_right_and_told_in_time(shape):
    looks, length = told(SHAPES[shape])
    late = [left for now, left in looks if now > 0.9 * length]
    assert sum(left is not None for left in late) >= len(late) / 2
    for now, left in looks:
        assert left is None or abs(now + left - length) <= ERROR * length, (now, left, length)


def test_nothing_is_told_before_every_stage_with_work_left_has_shown_its_pace():
    looks, _ = told(SimulatedJob(problems=60, candidates_s=8.0, tests_s=4.0))
    assert all(left is None for now, left in looks if now < 60 * 8.0)


def test_a_pass_is_told_apart_from_the_one_before():
    forecast = Forecast()
    first = list(SimulatedJob(problems=200, window=32, passes_to_come=1).run())
    for now, counters in first:
        forecast.left(now, counters)
    second = SimulatedJob(problems=200, window=32, tests_s=20.0, candidates_known=True)
    looks = [(now, forecast.left(first[-1][0] + now, counters)) for now, counters in second.run()]
    told_later = [now + left for now, left in looks if left is not None]
    assert told_later
    assert all(abs(end - looks[-1][0]) <= ERROR * looks[-1][0] for end in told_later)


def test_a_job_that_stands_still_is_not_said_to_end_soon():
    forecast = Forecast()
    looks = list(SimulatedJob(problems=200, window=32).run())
    middle = len(looks) // 2
    for now, counters in looks[:middle]:
        left = forecast.left(now, counters)
    assert left is not None
    standing = [forecast.left(middle + more, looks[middle][1]) for more in range(1, 3 * middle)]
    assert standing[-1] is None


@pytest.mark.parametrize(("left_s", "words"), [(2, "10 s"), (44, "40 s"), (100, "2 min"), (1563, "26 min"), (9000, "2.5 h")])
def test_a_duration_is_told_as_coarsely_as_it_is_known(left_s, words):
    assert in_words(left_s) == words


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_left_does_not_grow_from_one_look_to_the_next(shape):
    looks, _ = told(SHAPES[shape])
    lefts = [left for _, left in looks]
    assert all(after <= before for before, after in pairwise(lefts) if before is not None and after is not None)
