"""verl loads compute_score by the configuration that the page names, and its manager stores what it answers."""

import asyncio
import json

import pytest
from judged import scripted

reward = pytest.importorskip("verl.trainer.ppo.reward", reason="make contracts installs it")

import numpy as np
import torch
from omegaconf import OmegaConf
from verl import DataProto
from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager

from coderm.client import RewardLost
from coderm.integrations.settings import use_client
from coderm.integrations.verl import KEYS

TESTS = json.dumps(["assert add(1, 2) == 3"])


class Letters:
    """A tokenizer whose tokens are letters."""

    def decode(self, tokens, **options):
        return "".join(chr(int(token)) for token in tokens)


def sample(text, truth):
    ids = torch.tensor([[ord(letter) for letter in text]])
    others = {"data_source": ["set"], "reward_model": [{"ground_truth": truth}], "extra_info": [{}]}
    columns = {name: np.array(value, dtype=object) for name, value in others.items()}
    return DataProto.from_dict({"responses": ids, "attention_mask": torch.ones_like(ids)}, non_tensors=columns)


def scored(text, truth, **options):
    custom = {"path": "pkg://coderm.integrations.verl", "name": "compute_score", "reward_kwargs": options}
    config = OmegaConf.create({"reward": {"custom_reward_function": custom}})

    async def run():
        manager = NaiveRewardManager(config, Letters(), reward.get_custom_reward_fn(config))
        return await manager.run_single(sample(text, truth))

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def service():
    found, client = scripted()
    use_client(client)
    yield found
    use_client(None)
    client.close()


def test_the_manager_stores_the_score_and_the_same_figures_for_each_sample():
    right, wrong = scored("a + b", TESTS, reward="all_passed"), scored("a * b", TESTS)
    lost = scored("a + b", "no-such", on_lost="0")
    assert [one["reward_score"] for one in (right, wrong, lost)] == [1.0, 0.0, 0.0]
    assert {tuple(one["reward_extra_info"]) for one in (right, wrong, lost)} == {KEYS}


def test_terms_come_from_the_configuration(service):
    scored("a + b", TESTS, reward=[{"name": "fraction"}, {"name": "length", "weight": -0.5}])
    assert [(term.name, term.weight) for term in service.calls()[0].reward] == [("fraction", 1.0), ("length", -0.5)]


def test_a_lost_reward_leaves_the_manager_as_a_typed_error():
    with pytest.raises(RewardLost):
        scored("a + b", "no-such")
