"""The shipped probe is whole, small, of the embedded model, and trained on the starter set."""

import json
from dataclasses import replace

import numpy as np
import pytest
from features import observed, program

from coderm.errors import ConfigError
from coderm.messages.hidden_states import StateSpec
from coderm.probe.features.table import FeatureTable
from coderm.probe.model.storage import SHIPPED, load_probe
from coderm.problems.starter import STARTER

SPEC = StateSpec("smollm2", (15,))


@pytest.fixture(scope="module")
def probe():
    return load_probe(SHIPPED)


def test_it_reads_one_middle_layer_of_the_embedded_model_and_the_cheap_features(probe):
    assert probe.card.spec == SPEC
    assert probe.card.families == ("states", "cheap")
    assert probe.card.state_width == 576


def test_it_is_small():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 1_000_000


def test_it_knows_its_training_problems_and_its_figures(probe):
    starter = {json.loads(line)["task_id"] for line in STARTER.read_text("utf-8").splitlines()}
    assert set(probe.card.task_ids) == starter
    assert probe.card.scores == json.loads((SHIPPED / "report.json").read_text())["rivals"]
    assert probe.card.candidates == 53 * (16 + 12)  # of the demo's policy, and recorded ones


def test_on_programs_of_the_demos_policy_it_was_better_than_a_constant(probe):
    scores = probe.card.scores
    assert scores["states+cheap"]["log_loss"] < scores["constant"]["log_loss"] < 0.2


def test_it_gives_a_rate_for_any_state_and_refuses_other_models(probe):
    rng = np.random.default_rng(0)
    problems = [observed(*[program(number)] * 3, program(number + 1)) for number in range(5)]
    states = [rng.normal(size=576).astype(np.float32) for _ in problems]
    table = FeatureTable.of(problems, SPEC, states)
    rates = probe.predict(table)
    assert ((rates > 0) & (rates < 1)).all()
    assert len(set(rates.tolist())) == 5
    with pytest.raises(ConfigError, match="model: 'smollm2', not 'other'"):
        probe.predict(replace(table, spec=replace(SPEC, model="other")))
