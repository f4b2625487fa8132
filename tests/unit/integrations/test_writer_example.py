"""The example that trains a test writer pays a group's texts as the service does, and a lost text is nobody's fault."""

import importlib.util
from pathlib import Path

import pytest

from coderm.client.contract import ProgramReward, ScoreAnswer
from coderm.errors import RewardLost

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "grpo_writer.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("grpo_writer", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Service:
    """Pays a text its length; the text `lost` is lost."""

    def __init__(self):
        self.items = []

    def score_tests(self, items, *, reward, deadline_s):
        self.items += items
        places = [(i, j, text.output) for i, item in enumerate(items) for j, text in enumerate(item.tests)]
        return ScoreAnswer(results=tuple(paid(*place) for place in places))


def paid(item, program, text):
    if text == "lost":
        return ProgramReward(item=item, program=program, reward=None, status="lost", caused_by="service")
    return ProgramReward(item=item, program=program, reward=len(text), status="scored", caused_by="program")


def test_completions_of_one_prompt_are_one_item_with_reference_and_mutants(example):
    one, two, *_ = example.rows()
    service = Service()
    reward = example.writer_reward(service)
    said = [[{"role": "assistant", "content": text}] for text in ("a", "lost", "ccc")]
    columns = {name: [one[name], one[name], two[name]] for name in ("tests", "reference")}
    assert reward(prompts=[None] * 3, completions=said, trainer_state=None, **columns) == [1.0, None, 3.0]
    first, second = service.items
    assert [text.output for text in first.tests] == ["a", "lost"]
    assert (first.reference, second.reference) == (one["reference"], two["reference"])
    assert first.mutants == example.MUTANTS
    assert first.problem.id == "starter/even-total"


def test_a_service_that_is_away_loses_the_step_and_ends_nothing(example, capsys):
    class Away:
        def score_tests(self, items, *, reward, deadline_s):
            raise RewardLost("no service at http://127.0.0.1:8000; start it")

    row = example.rows()[0]
    answer = example.writer_reward(Away())(prompts=[None], completions=["x"], tests=[row["tests"]], reference=[row["reference"]])
    assert answer == [None]
    assert "no rewards: no service" in capsys.readouterr().err
