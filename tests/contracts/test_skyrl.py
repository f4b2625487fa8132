"""skyrl-gym makes our environment, steps it, and aggregates its metrics."""

import json

import pytest
from judged import scripted

pytest.importorskip("skyrl_gym", reason="make contracts installs it")

import skyrl_gym
from skyrl_gym.metrics import aggregate_for_environment

from coderm.integrations import verify
from coderm.integrations.settings import use_client
from coderm.integrations.skyrl import NAME, register
from coderm.integrations.verifying import failures

TESTS = json.dumps(["assert add(1, 2) == 3"])


def play(extras, action):
    env = skyrl_gym.make(NAME, env_config={}, extras=extras)
    prompt, _ = env.init([{"role": "user", "content": "Write add."}])
    step = env.step(action)
    assert (prompt[0]["content"], step["observations"]) == ("Write add.", [])
    metrics = env.get_metrics()
    env.close()
    return {"reward": step["reward"], "done": step["done"], "metrics": metrics}


def test_the_environment_is_made_by_name_and_holds_the_fixtures():
    register()
    register()
    _, client = scripted()
    use_client(client)
    try:
        assert failures(verify(play, "skyrl")) == []
        episodes = [play({"reward_spec": {"ground_truth": tests}}, "a + b")["metrics"] for tests in (TESTS, "no-such")]
    finally:
        use_client(None)
        client.close()
    assert aggregate_for_environment(NAME, episodes)["coderm_lost"] == 0.5
