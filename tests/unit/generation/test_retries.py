"""Retries under one deadline, with a clock that only the pauses move."""

import asyncio

import pytest

from coderm.errors import DeadlineExceeded, GenerationError
from coderm.generation.retries import Retries, TryAgain, asked_pause


class Time:
    """A clock that stands still but for pauses and tries; `chance` is the jitter drawn."""

    def __init__(self, chance=1.0, try_s=0.0, gap_s=0.0):
        self.now = 1000.0
        self.paused = []
        self.left = []
        self.chance = chance
        self.try_s = try_s
        self.gap_s = gap_s

    async def sleep(self, seconds):
        self.paused.append(round(seconds, 3))
        self.now += seconds

    async def pace(self):
        self.now += self.gap_s

    def retries(self, max_retries, deadline_s):
        return Retries(max_retries, deadline_s, self.pace, lambda: self.now, self.sleep, lambda: self.chance)

    def run(self, failures, max_retries=6, deadline_s=600.0):
        """Run a call that fails with each of `failures` in turn; None stands for no pause asked for."""
        script = iter(failures)

        async def attempt(left_s):
            self.left.append(round(left_s, 3))
            self.now += self.try_s
            for after_s in script:
                raise TryAgain("fails", after_s)
            return "answer"

        return asyncio.run(self.retries(max_retries, deadline_s).run("task: url", attempt))


def test_pauses_double_up_to_a_bound():
    time = Time()
    assert time.run([None] * 9, max_retries=9) == "answer"
    assert time.paused == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_jitter_shortens_a_pause_of_ours_to_half_at_most_and_lengthens_an_asked_one():
    time = Time(chance=0.0)
    time.run([None, 10.0])
    assert time.paused == [0.25, 10.0]
    time = Time(chance=1.0)
    time.run([None, 10.0])
    assert time.paused == [0.5, 11.0]


def test_a_pause_that_would_end_after_the_deadline_is_not_begun():
    time = Time(chance=0.0)
    with pytest.raises(DeadlineExceeded, match=r"task: url fails, .*deadline_s = 60 \(tries so far: 2, next pause: 45.0 s\)"):
        time.run([20.0, 45.0], deadline_s=60.0)
    assert time.paused == [20.0]


def test_every_try_is_told_what_is_left_of_the_one_deadline():
    time = Time(chance=0.0, try_s=10.0)
    with pytest.raises(DeadlineExceeded):
        time.run([5.0] * 9, deadline_s=40.0)
    assert time.left == [40.0, 25.0, 10.0]


def test_waiting_for_the_rate_before_the_first_try_costs_nothing_and_later_counts():
    time = Time(chance=0.0, gap_s=100.0)
    assert time.run([], deadline_s=50.0) == "answer"
    assert time.left == [50.0]
    with pytest.raises(DeadlineExceeded):
        time.run([0.0], deadline_s=50.0)


def test_used_up_retries_are_counted_in_the_error():
    with pytest.raises(GenerationError, match="task: url fails, after 2 retries"):
        Time().run([None] * 9, max_retries=2)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:17:10 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "soon"}, None),
    ],
)
def test_the_pause_that_an_answer_asks_for(headers, seconds):
    assert asked_pause(headers, lambda: 1000.0) == seconds
