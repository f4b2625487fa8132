"""The log of rollouts: what `coderm rescore` computes from it, and what a log that cannot be written costs."""

import asyncio
import shutil

from served import PATIENCE_S
from test_judging import RIGHT, SUITE, WRONG, item, results, run

from coderm.rewards.factory import make_reward
from coderm.rewards.rescoring import Tally, rescored
from coderm.rewards.rollouts import read_rollouts

CALL = {"items": [{**item(RIGHT, WRONG, {"output": "I do not know."}), "problem": {"id": "whole", "suite": SUITE}}, item(WRONG)]}


async def score(it):
    found = results(await it.http.post("/v1/score", json=CALL))
    assert await it.service.drain()
    return found


def test_rescoring_the_log_gives_the_rewards_that_were_told(tmp_path):
    path = tmp_path / "rollouts.jsonl"
    told = run(score, rollouts=str(path))
    tally = Tally()
    lines = list(rescored(read_rollouts(path), make_reward("fraction"), None, tally))
    assert sorted((line.reward, line.status) for line in lines) == sorted((one["reward"], one["status"]) for one in told)
    assert (tally.programs, tally.changed) == (4, 0)


def test_a_log_that_cannot_be_written_costs_no_reward_is_counted_and_goes_on_later(tmp_path):
    folder = tmp_path / "rollouts"
    folder.mkdir()
    path = folder / "log.jsonl"
    path.mkdir()

    async def told_of(it, rollouts):
        async with asyncio.timeout(PATIENCE_S):
            while f"coderm_rollouts_unwritten {rollouts}.0" not in it.service.watched.text().decode():
                await it.service._check()
                it.service.figures()
                await asyncio.sleep(0.001)

    async def scenario(it):
        told = results(await it.http.post("/v1/score", json=CALL))
        await told_of(it, 4)
        shutil.rmtree(path)
        return told, await score(it)

    first, second = run(scenario, rollouts=str(path))
    assert [one["reward"] for one in first] == [one["reward"] for one in second]
    assert len(list(read_rollouts(path))) == 2
