"""The Ray-native client rewards as the service does, without HTTP."""

import asyncio
import json

import pytest

from cluster.connect import connected
from cluster.rewards import RayRewardClient
from coderm.client import RewardLost, score_item
from coderm.client.contract import ProblemText, RewardTerm, UnitTestSuite, WriterItem, WrittenText
from coderm.config.service import ServiceConfig
from coderm.errors import InputError
from coderm.integrations.trl import TrlReward

TESTS = json.dumps(["assert add(1, 2) == 3", "assert add(1, 1) == 1"])
RIGHT, HALF = "def add(a, b):\n    return 3 if b == 2 else 1\n", "def add(a, b):\n    return a + b\n"


@pytest.fixture(scope="module")
def client(ray_cluster):
    config = ServiceConfig.model_validate({"sandbox": {"type": "local"}, "cluster": {"executors": 1}})
    with connected(ray_cluster), RayRewardClient(config) as found:
        yield found


def test_programs_are_rewarded_in_their_order(client):
    item = score_item("add", [RIGHT, HALF, "no code at all"])
    client.register([ProblemText(id="add", suite=UnitTestSuite(tests=("def test_a():\n    assert add(1, 2) == 3\n",)))])
    answer = client.score([score_item("add", [HALF], raw=False), item])
    assert [(r.item, r.program, r.reward) for r in answer.results[:2]] == [(0, 0, 1.0), (1, 0, 1.0)]
    assert answer.results[3].status == "no_code"


def test_written_tests_are_rewarded_too(client):
    client.register([ProblemText(id="add", suite=UnitTestSuite(tests=("def test_a():\n    assert add(1, 2) == 3\n",)))])
    tests = tuple(WrittenText(code=f"assert add(1, 2) == {n}") for n in (3, 4))
    answer = client.score_tests([WriterItem(problem="add", tests=tests, reference="def add(a, b):\n    return a + b\n")])
    assert [(r.program, r.reward, r.status) for r in answer.results] == [(0, 1.0, "scored"), (1, 0.0, "scored")]
    (unknown,) = client.score_tests(
        [WriterItem(problem="elsewhere", tests=tests[:1], reference="def add(a, b):\n    return a + b\n")]
    ).results
    assert (unknown.reward, unknown.status) == (None, "unknown_problem")
    fits, unfit = (
        WriterItem(problem="add", tests=tests[:1], reference="def add(a, b):\n    return a + b\n", labels=labels)
        for labels in (None, (True,))
    )
    answer = client.score_tests([unfit, fits])
    assert [(r.item, r.reward, r.status) for r in answer.results] == [(0, None, "refused"), (1, 1.0, "scored")]
    assert "labels" in answer.results[0].message


def test_the_adapter_for_trl_works_on_it(client):
    reward = TrlReward(client, reward=[RewardTerm(name="fraction", weight=2.0)])
    assert reward(["p"] * 2, [RIGHT, HALF], tests=[TESTS] * 2) == [2.0, 1.0]
    assert asyncio.run(reward.asynchronous(["p"], [HALF], tests=[TESTS])) == [1.0]


def test_what_cannot_be_known_is_null(client):
    (unknown,) = client.score([score_item("elsewhere", [RIGHT])]).results
    assert (unknown.reward, unknown.status) == (None, "unknown_problem")
    (refused,) = client.score([score_item("add", [RIGHT])], reward="no such term").results
    assert (refused.reward, refused.status) == (None, "refused")
    with pytest.raises(InputError, match="give it a suite"):
        client.register([ProblemText(id="bare")])


def test_lost_ones_raise_where_asked(client):
    strict = RayRewardClient(client._config, scoring=client._scoring, raise_on_lost=True)
    with pytest.raises(RewardLost, match="unknown_problem"):
        strict.score([score_item("elsewhere", [RIGHT])])
    strict.close()
    assert client.score([score_item("add", [RIGHT])]).results[0].reward is not None
