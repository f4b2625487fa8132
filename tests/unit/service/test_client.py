"""The client of this project and the service understand each other."""

import asyncio

import httpx
import pytest
from served import TOKEN, Gate, served, until

from coderm.client import AsyncRewardClient, score_item
from coderm.client.contract import ProblemText, UnitTestSuite
from coderm.errors import InputError
from coderm.service.scripted import ScriptedJudge

PROBLEM = ProblemText(id="p/0", entry_point="f", suite=UnitTestSuite(tests=("def test_f():\n    assert f(1) == 1\n",)))


def client(it, token=TOKEN):
    return AsyncRewardClient("http://service", token, deadline_s=30.0, transport=httpx.ASGITransport(it.app))


def test_rewards_come_in_order_over_batches_and_packed_bodies():
    async def scenario():
        async with served(ScriptedJudge({f"good {n}": 1.0 for n in range(600)})) as it, client(it) as asker:
            items = [score_item("p/0", [f"good {n}", f"bad {n}"], raw=False) for n in range(600)]
            answer = await asker.score(items)
            assert [result.reward for result in answer.results] == [1.0, 0.0] * 600

    asyncio.run(scenario())


def test_problems_are_registered():
    async def scenario():
        async with served() as it, client(it) as asker:
            (known,) = await asker.register([PROBLEM])
            assert (known.id, known.tests) == ("p/0", 1)
            await asker.check()

    asyncio.run(scenario())


def test_a_wrong_token_is_told_with_its_remedy():
    async def scenario():
        async with served() as it, client(it, "wrong") as asker:
            with pytest.raises(InputError, match="CODERM_SERVICE_TOKEN"):
                await asker.check()

    asyncio.run(scenario())


def test_a_call_that_is_given_up_is_cancelled_in_the_service():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({}, gate), grace_s=0.0) as it, client(it) as asker:
            call = asyncio.ensure_future(asker.score([score_item("p", ["one"], raw=False)]))
            await until(lambda: gate.waiting == 1, "it runs")
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            await until(lambda: gate.cancelled == 1, "its work is cancelled")

    asyncio.run(scenario())
