"""Settings that cannot work together are refused before anything is started."""

from pathlib import Path

import pytest
from builders import a_config

from coderm.errors import ConfigError
from coderm.scheduling.roles import UserFiles
from coderm.scheduling.spending import make_budget_schedule

SMOLLM2 = {"type": "vllm", "model": "smollm2"}
OTHER = {"type": "vllm", "model": "other"}


def schedule(policy, writer=None, **budget):
    engines = {"main": policy, "second": writer or policy}
    return make_budget_schedule(a_config(engines=engines, coderm={"engine": "second"}, budget={"model": "paper"} | budget), 3)


def test_the_shipped_probe_goes_with_any_engine_that_runs_its_model_or_none():
    for engines in ((SMOLLM2,), (OTHER, SMOLLM2), ({"type": "scripted", "path": "r.jsonl"},), ({"type": "openai", "model": "m"},)):
        assert schedule(*engines).states_model == "smollm2"


def test_a_probe_of_another_model_than_all_engines_run_is_refused_with_what_to_type():
    with pytest.raises(ConfigError, match=r"states of smollm2, the engines run other; train a probe with .*--model other"):
        schedule(OTHER)
    assert schedule(OTHER, model="equal").probe is None


def test_an_engine_on_gpus_must_keep_the_layers_that_the_probe_reads():
    with pytest.raises(
        ConfigError, match=r"layers \[15\] of smollm2, the engine keeps \[3\]; set engines\.main\.hidden_layers = \[15\]"
    ):
        schedule(SMOLLM2 | {"gpus": 1, "hidden_layers": [3]})
    assert schedule(SMOLLM2 | {"gpus": 1, "hidden_layers": [15]}).surveyed


def test_floors_above_the_budget_are_refused_at_once_where_prices_are_known():
    with pytest.raises(ConfigError, match="below the floors"):
        schedule(SMOLLM2, total=2, floor=1)
    assert schedule(SMOLLM2, total_tokens=2, floor=1).surveyed  # what a floor costs is known after the survey


def test_a_remote_writer_is_paid_its_prompt_for_every_call():
    remote = {"type": "openai", "model": "m", "max_n": 4}
    assert schedule(SMOLLM2, remote).most_answers == 4
    assert schedule(SMOLLM2, SMOLLM2).most_answers is None


def test_without_a_test_to_write_no_gain_model_is_asked_and_no_probe_read():
    found = schedule(OTHER, per_problem=0)
    assert (found.surveyed, found.probe) == (False, None)
    assert found.allot([], [], []).units.tolist() == [0, 0, 0]


def test_an_engine_that_writes_nothing_is_not_one_whose_states_are_read():
    config = a_config(engines={"main": SMOLLM2, "second": OTHER}, coderm={"engine": "second"}, budget={"model": "paper"})
    assert make_budget_schedule(config, 3).states_model == "smollm2"
    with pytest.raises(ConfigError, match=r"states of smollm2, the engines run other; train a probe with .*--model other"):
        make_budget_schedule(config, 3, UserFiles(candidates=Path("c.jsonl")))
