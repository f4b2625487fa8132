"""Two replicas of one service: a key is one call whichever of them gets it, and a dead one holds nobody up."""

import asyncio
import contextlib
import json

import pytest
from served import Gate, body, served, until

from coderm.errors import ClusterError
from coderm.messages.claims import Claim
from coderm.scoring.claims import Claims
from coderm.service.jobs import Job
from coderm.service.key_sharing import mine
from coderm.service.reading import read_call
from coderm.service.scripted import ScriptedJudge

KEY = {"Idempotency-Key": "k"}


class SharedKeys:
    """The keys of one replica, kept where all see them. away: nobody answers."""

    def __init__(self, claims, replica):
        self._claims, self._replica, self.away = claims, replica, False

    def _there(self):
        if self.away:
            raise ClusterError("the scorer is being started anew")

    async def claim(self, key, digest):
        self._there()
        return await self._claims.claim(key, digest, self._replica)

    async def keep(self, key, answer, programs):
        self._there()
        self._claims.keep(key, self._replica, answer, programs)

    async def release(self, key):
        self._there()
        self._claims.release(key, self._replica)


@contextlib.asynccontextmanager
async def replicas(judge, **settings):
    claims = Claims(100, 600.0, lambda: 0.0)
    keys = [SharedKeys(claims, name) for name in "ab"]
    async with served(judge, keys=keys[0], **settings) as first, served(judge, keys=keys[1], **settings) as second:
        yield claims, keys, first, second


def run(scenario, **settings):
    async def whole():
        gate = Gate()
        judge = ScriptedJudge({"good": 1.0}, gate)
        async with replicas(judge, **settings) as (claims, keys, first, second), asyncio.timeout(60):
            await scenario(judge, gate, claims, keys, first, second)

    asyncio.run(whole())


def test_a_call_that_comes_to_both_is_judged_once():
    async def scenario(judge, gate, claims, keys, first, second):
        calls = [asyncio.ensure_future(it.score(body("good", "bad"), **KEY)) for it in (first, second)]
        await until(lambda: gate.waiting == 2)
        gate.all = True
        answers = [(await call).json() for call in calls]
        assert answers[0] == answers[1]
        assert sorted(judge.begun) == ["bad", "good"]
        assert (await second.score(body("good", "bad"), **KEY)).json() == answers[0]
        assert len(judge.begun) == 2

    run(scenario)


@pytest.mark.parametrize("answered", [True, False])
def test_other_content_is_a_conflict_at_the_other_replica_too(answered):
    async def scenario(judge, gate, claims, keys, first, second):
        gate.all = answered
        call = asyncio.ensure_future(first.score(body("good"), **KEY))
        await until(lambda: call.done() if answered else gate.waiting)
        other = await second.score(body("bad"), **KEY)
        assert (other.status_code, other.json()["code"]) == (409, "key_reused")
        gate.all = True
        assert (await call).status_code == 200

    run(scenario)


def test_what_a_dead_replica_judged_is_judged_by_the_other():
    async def scenario(judge, gate, claims, keys, first, second):
        lost = asyncio.ensure_future(first.score(body("good"), **KEY))
        await until(lambda: gate.waiting == 1)
        again = asyncio.ensure_future(second.score(body("good"), **KEY))
        await asyncio.sleep(0)
        claims.leave("a")
        await until(lambda: gate.waiting == 2)
        gate.all = True
        assert (await again).json()["results"][0]["reward"] == 1.0
        await lost

    run(scenario)


def test_who_waits_for_another_replica_is_told_at_its_deadline():
    class Elsewhere(SharedKeys):
        async def claim(self, key, digest):
            await asyncio.sleep(0)
            return Claim("elsewhere")

    async def scenario():
        job = Job(read_call(json.dumps(body("good")).encode()), 0.0)
        assert not await mine(Elsewhere(None, "b"), job, ("k", "d"), 0.01)
        assert [(reward.reward, reward.status) for reward in job.rewards] == [(None, "deadline")]

    asyncio.run(scenario())


def test_a_refused_call_gives_its_key_back():
    async def scenario(judge, gate, claims, keys, first, second):
        gate.all = True
        assert (await first.score(body("good", "bad", "good"), **KEY)).status_code == 413
        await until(lambda: len(claims) == 0)
        assert (await second.score(body("good"), **KEY)).status_code == 200

    run(scenario, queue_pairs=2)


def test_without_a_keeper_of_keys_calls_are_judged():
    async def scenario(judge, gate, claims, keys, first, second):
        gate.all = keys[0].away = True
        assert (await first.score(body("good"), **KEY)).json()["results"][0]["reward"] == 1.0

    run(scenario)
