"""Calls inside a Ray cluster end as the same calls over HTTP do, also those that the service refuses."""

import asyncio

import httpx
import pytest
from served import TOKEN, served

from cluster.reward_calls import answered
from coderm.client import AsyncRewardClient
from coderm.client.contract import Part, ProgramText, RewardTerm, ScoreCall, ScoreItem, WriterCall, WriterItem, WrittenText
from coderm.service.ports import Refused
from coderm.service.scripted import ScriptedJudge

GOOD = ScoreItem(problem="p", programs=(ProgramText(code="good"),))
NEITHER = ScoreItem(problem="p", programs=(ProgramText(code="good"), ProgramText()))
SCORED, REFUSED = (1.0, "scored", "program"), (None, "refused", "problem")


def unfit(**changes) -> WriterItem:
    return WriterItem(problem="p", tests=(WrittenText(code="assert f(1)"),), **changes)


def told(results):
    return [(result.item, result.program, (result.reward, result.status, result.caused_by)) for result in results]


def both(call, judge=None, **settings):
    """What a call gets in this process, and what its items get over HTTP."""

    async def scenario():
        async with served(judge or ScriptedJudge({"good": 1.0}), **settings) as it:
            here = await answered(it.service, call)
            transport = httpx.ASGITransport(it.app)
            async with AsyncRewardClient("http://service", TOKEN, transport=transport) as client:
                ask = client.score if isinstance(call, ScoreCall) else client.score_tests
                there = await ask(call.items, reward=call.reward, deadline_s=call.deadline_s)
        assert all(near.message in far.message for near, far in zip(here, there.results, strict=True))
        assert told(here) == told(there.results)
        return told(here)

    return asyncio.run(scenario())


def test_an_item_that_is_refused_costs_its_neighbours_nothing():
    found = both(ScoreCall(items=(GOOD, NEITHER, GOOD)))
    assert found == [(0, 0, SCORED), (1, 0, REFUSED), (1, 1, REFUSED), (2, 0, SCORED)]


@pytest.mark.parametrize(
    "item",
    [unfit(labels=(True,)), unfit(mutants=3), unfit(kind="stdin"), WriterItem(problem="p", tests=(WrittenText(),))],
)
def test_written_tests_that_do_not_fit_are_refused(item: Part):
    assert both(WriterCall(items=(item,), reward="valid")) == [(0, 0, REFUSED)]


def test_a_call_that_is_too_large_is_divided():
    found = both(ScoreCall(items=(GOOD, NEITHER.model_copy(update={"programs": (ProgramText(code="good"),) * 3}))), max_programs=2)
    assert found == [(0, 0, SCORED), (1, 0, REFUSED), (1, 1, REFUSED), (1, 2, REFUSED)]


def test_a_full_queue_is_waited_for_and_then_told():
    class Overloaded(ScriptedJudge):
        async def prepare(self, call):
            raise Refused("not now", "overloaded", 429, 0.01)

    call = ScoreCall(items=(GOOD,), reward=(RewardTerm(name="fraction"),), deadline_s=0.3)
    assert both(call, Overloaded({})) == [(0, 0, (None, "overloaded", "service"))]
