"""The generator actor answers requests for features beside its sampling."""

import asyncio
import json

import numpy as np
import pytest
from features import program
from tiny import make_model

from actors.generator import GeneratorActor
from actors.worker import WorkerDied
from coderm.config.schema import ScriptedEngine, VllmEngine
from coderm.errors import ConfigError, EngineLost
from coderm.messages.hidden_states import StateSpec, states_request
from coderm.messages.problem import Problem

PROBLEM = Problem("p/0", "Add one.", "f", "def f(x):\n")


@pytest.fixture
def actor(tmp_path):
    """An actor of a recorded engine; closed in the end."""
    record = tmp_path / "r.jsonl"
    record.write_text(json.dumps({"task_id": "p/0", "role": "policy", "completions": ["text"]}) + "\n")
    return GeneratorActor(ScriptedEngine(path=str(record)))


def test_many_requests_at_once_load_the_model_once_and_are_told_apart(actor, tmp_path):
    spec = StateSpec(make_model(tmp_path / "tiny"), (1, 2))
    requests = [states_request(PROBLEM, (program(n),), spec) for n in range(6)]

    async def ask():
        await actor.setup()
        try:
            return await asyncio.gather(*(actor.features(request) for request in requests))
        finally:
            await actor.close()

    answers = asyncio.run(ask())
    assert [answer.request_id for answer in answers] == [request.request_id for request in requests]
    assert all(answer.vector.shape == (16,) for answer in answers)
    assert len({answer.vector.tobytes() for answer in answers}) == 6
    assert np.isfinite([answer.vector for answer in answers]).all()


def test_a_probe_for_another_model_than_the_engine_runs_is_refused():
    actor = GeneratorActor(VllmEngine(model="other"))
    with pytest.raises(ConfigError, match="coderm probe train --model other"):
        asyncio.run(actor.features(states_request(PROBLEM, (), StateSpec("m", (1,)))))


class Dead:
    """A reader whose engine is gone."""

    async def states(self, request):
        raise EngineLost("the engine died")


def test_a_dead_engine_means_a_dead_worker(actor):
    request = states_request(PROBLEM, (), StateSpec("m", (1,)))
    actor._states[request.spec.model, request.spec.layers] = Dead()
    with pytest.raises(WorkerDied, match="the engine died"):
        asyncio.run(actor.features(request))
