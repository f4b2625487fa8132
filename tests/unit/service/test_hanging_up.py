"""A client hangs up at every await there is: by its connection, and as Ray Serve tells it, by cancelling the request."""

import asyncio
import json

import pytest
from served import Hanging, body, served, until

from coderm.config.service import ServiceConfig
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict
from coderm.service.judging import make_judge
from coderm.service.scripted import MemoryBank, ScriptedScorer

STEPS = 60
"""Turns of the loop that a call takes in these tests, and some more."""
TEST = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(1), 1)\n"
PROBLEM = {"id": "p", "entry_point": "f", "suite": {"type": "unittest", "tests": [TEST]}}


def parts():
    bank = MemoryBank()

    async def pause(text):
        for _ in range(5):
            await asyncio.sleep(0)

    scorer = ScriptedScorer(lambda text, request: ProgramVerdict((Outcome.PASSED,), (0.1,)), pause)
    return make_judge(scorer, bank, ServiceConfig()), bank


def at_every_step(leave, **more):
    async def scenario():
        judge, bank = parts()
        async with served(judge, bank, grace_s=0.0) as it:
            await it.http.post("/v1/problems", json=PROBLEM)
            other = asyncio.ensure_future(_asked_again_and_again(it))
            for steps in range(STEPS):
                client = Hanging(it.app, body("def f(x): return x", "def f(x): return 1", **more), **key(steps))
                for _ in range(steps):
                    await asyncio.sleep(0)
                leave(client)
                await asyncio.gather(client.task, return_exceptions=True)
            other.cancel()
            answers = await other
            assert answers
            assert set(answers) == {1.0}
            await until(lambda: not it.service._running, "nothing runs")
            assert it.service._admission.pairs == 0

    def key(steps):
        return {"idempotency-key": f"k{steps}"} if steps % 2 else {}

    asyncio.run(scenario())


async def _asked_again_and_again(it):
    """Rewards of another client that never hangs up; asked until it is told to stop."""
    found = []
    stopped = False
    while not stopped:
        asking = asyncio.ensure_future(it.score(body("def f(x): return x")))
        try:
            await asyncio.shield(asking)
        except asyncio.CancelledError:
            stopped = True
        found.append((await asking).json()["results"][0]["reward"])
    return found


@pytest.mark.parametrize("stream", [False, True])
def test_hanging_up_at_any_moment_leaves_nothing_behind_and_harms_nobody(stream):
    at_every_step(lambda client: client.hang_up(), stream=stream)


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_is_cancelled_at_any_moment_leaves_nothing_behind_and_harms_nobody(stream):
    at_every_step(lambda client: client.task.cancel(), stream=stream)


def test_a_registration_that_is_cancelled_at_any_moment_is_whole_or_not_there():
    async def scenario():
        judge, bank = parts()
        async with served(judge, bank) as it:
            for steps in range(STEPS):
                asking = asyncio.ensure_future(it.http.post("/v1/problems", json=PROBLEM | {"id": f"p{steps}"}))
                for _ in range(steps):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            known = [(await it.http.get(f"/v1/problems/p{steps}")) for steps in range(STEPS)]
            assert {answer.status_code for answer in known} == {200, 404}
            assert all(answer.json()["tests"] == 1 for answer in known if answer.status_code == 200)
            assert json.loads((await it.score(body("def f(x): return x"))).text)["results"]

    asyncio.run(scenario())
