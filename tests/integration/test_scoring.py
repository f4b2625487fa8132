"""Scoring through real actors: right verdicts, calls that are cut off in the middle, executors that are killed."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from cli import descendants

from cluster.connect import connected
from cluster.scoring import Overloaded, score_stream, start_scoring, stop_scoring
from coderm.config.schema import ClusterConfig, SandboxConfig
from coderm.config.scoring import ScoringConfig
from coderm.messages.execution import Limits, Outcome
from coderm.messages.scoring import ProgramVerdict, ScoreRequest, ScoreSettings, UnitTests

TEST = "import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f({0}), {0} + 1)\n"
GOOD, BAD = "def f(x):\n    return x + 1\n", "def f(x):\n    return x + (x < 2)\n"
BURNS = "def f(x):\n    n = 0\n    while True:\n        n += x\n"
PATIENCE_S = 120.0


def request(*programs: str, tests: int = 4, **settings: Any) -> ScoreRequest:
    return ScoreRequest(
        "p/0", programs, UnitTests(tuple(TEST.format(number) for number in range(tests))), ScoreSettings(**settings)
    )


def letters(verdict: ProgramVerdict) -> str:
    return "".join(outcome.label[0] for outcome in verdict.outcomes)


@pytest.fixture(scope="module")
def score(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A scorer of two executors without containers, in a cluster of its own."""
    cache = tmp_path_factory.mktemp("cache") / "cache.sqlite"
    config = ScoringConfig(
        sandbox=SandboxConfig(type="local"), cluster=ClusterConfig(executors=2, executor_cpus=0.5), cache_file=str(cache)
    )
    with connected("local"):
        handle = start_scoring(config)
        try:
            yield handle
        finally:
            stop_scoring(handle)


def test_one_call_scores_a_batch(score: Any) -> None:
    import ray

    verdicts = ray.get(score.score.remote(request(GOOD, BAD, GOOD), 60.0), timeout=PATIENCE_S)
    assert [letters(verdict) for verdict in verdicts] == ["pppp", "ppff", "pppp"]
    again = ray.get(score.score.remote(request(GOOD, BAD), 60.0), timeout=PATIENCE_S)
    assert [verdict.cached for verdict in again] == [4, 4]


def test_verdicts_come_one_by_one_and_a_closed_stream_ends_its_work(score: Any) -> None:
    async def work() -> tuple[set[int], float]:
        whole = {place async for place, _ in score_stream(score, request(GOOD + "#", BAD + "#"), 60.0)}
        slow = request(*(BURNS + f"# {number}" for number in range(3)), limits=Limits(cpu_s=300.0, wall_s=600.0))
        stream = score_stream(score, slow)
        waiting = asyncio.ensure_future(anext(stream))
        await _until(_burning)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await stream.aclose()  # type: ignore[attr-defined]
        await _until(_idle)
        return whole, (await _load(score)).pairs

    assert asyncio.run(work()) == ({0, 1}, 0)


def test_a_call_that_is_cancelled_ends_its_own_work_and_nobody_elses(score: Any) -> None:
    """The trap: Ray ends with a question every call made on its behalf, in other actors too."""
    import ray

    other = score.score.remote(request(*(f"{GOOD}# other {number}" for number in range(30)), tests=8), 100.0)
    for step in range(10):
        limits = Limits(cpu_s=300.0, wall_s=600.0)
        mine = score.score.remote(request(BURNS + f"# mine {step}", limits=limits))
        time.sleep(0.05 * step)
        ray.cancel(mine)
    assert [letters(verdict) for verdict in ray.get(other, timeout=PATIENCE_S)] == ["p" * 8] * 30
    asyncio.run(_until(_idle))
    assert letters(ray.get(score.score.remote(request(GOOD + "# after"), 60.0), timeout=PATIENCE_S)[0]) == "pppp"


def test_at_the_deadline_the_rest_is_lost_with_its_reason_and_the_cpu_stops(score: Any) -> None:
    import ray

    slow = request(GOOD + "# late", BURNS + "# late", limits=Limits(cpu_s=300.0, wall_s=600.0))
    verdicts = ray.get(score.score.remote(slow, 3.0), timeout=PATIENCE_S)
    assert set(verdicts[1].outcomes) == {Outcome.LOST}
    assert "deadline" in verdicts[1].lost
    asyncio.run(_until(_idle))


def test_what_cannot_be_on_time_is_refused_with_when_to_come_again(score: Any) -> None:
    async def work() -> None:
        async for _ in score_stream(score, request(*(f"{GOOD}#{number}" for number in range(50)), tests=40), 0.001):
            pass

    with pytest.raises(Overloaded) as refused:
        asyncio.run(work())
    assert refused.value.retry_after_s > 0


def test_killed_executors_cost_no_verdict(score: Any) -> None:
    import ray

    asked = score.score.remote(request(*(f"{(GOOD, BAD)[number % 2]}# killed {number}" for number in range(40)), tests=16))
    for _ in range(3):
        time.sleep(1.0)
        for pid in _executors()[:1]:
            os.kill(pid, signal.SIGKILL)
    verdicts = ray.get(asked, timeout=PATIENCE_S)
    assert {letters(verdict) for verdict in verdicts[::2]} == {"p" * 16}
    assert {letters(verdict) for verdict in verdicts[1::2]} == {"pp" + "f" * 14}


async def _until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.1)


async def _load(score: Any) -> Any:
    return await asyncio.wrap_future(score.load.remote().future())


def _executors() -> list[int]:
    return [process.pid for process in descendants(os.getpid(), "ray::ExecutorActor")]


def _runners() -> list[psutil.Process]:
    """Runner processes and everything that they started."""
    found = []
    for pid in _executors():
        try:
            found += psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            continue
    return found


def _cpu_s() -> dict[int, float]:
    """CPU seconds of each of them so far, by its id."""
    found = {}
    for process in _runners():
        try:
            found[process.pid] = sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return found


def _used_s(span_s: float = 0.5) -> float:
    """CPU seconds that they use in a span of time; servers and what is forked ahead only wait."""
    before = _cpu_s()
    time.sleep(span_s)
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in _cpu_s().items())


def _burning() -> bool:
    return _used_s() > 0.1


def _idle() -> bool:
    """Whether no block is under way."""
    return _used_s() < 0.02


def test_a_cache_file_that_is_none_ends_the_start_with_its_remedy(tmp_path: Path, score: Any) -> None:
    from coderm.errors import StorageError

    (tmp_path / "cache.sqlite").write_text("no database " * 100)
    config = ScoringConfig(
        sandbox=SandboxConfig(type="local"),
        cluster=ClusterConfig(executors=1, executor_cpus=0.1),
        cache_file=str(tmp_path / "cache.sqlite"),
    )
    with pytest.raises(StorageError, match="cache"):
        start_scoring(config)
