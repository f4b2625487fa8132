"""Every example parses, and paper.toml holds the paper's numbers."""

import tomllib
from pathlib import Path

import pytest

from coderm.config.loader import load_config, load_data_config, load_service_config, load_train_config
from coderm.config.schema import ScriptedEngine, VllmEngine

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "examples" / "serve.toml"
DATA = ROOT / "examples" / "data_tiny.toml"
TRAININGS = sorted((ROOT / "examples").glob("train_*.toml"))
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.toml") if path not in (SERVICE, DATA, *TRAININGS))


def load(name):
    return load_config(ROOT / "examples" / name, (), {})


def test_the_examples_are_those_the_documents_name():
    assert {path.name for path in EXAMPLES} >= {"demo.toml", "recorded.toml", "single_node.toml", "cluster.toml", "paper.toml"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_parses_and_has_an_engine_for_both_roles(path):
    config = load_config(path, (), {})
    assert {config.policy.engine, config.coderm.engine} <= config.engines.keys()


@pytest.mark.parametrize("path", TRAININGS, ids=lambda path: path.name)
def test_a_training_s_example_parses(path):
    assert load_train_config(path, (), {}).method.type in ("full", "lora")


@pytest.mark.parametrize("path", [*EXAMPLES, *TRAININGS], ids=lambda path: path.name)
def test_an_example_says_first_what_it_is_for_and_fixes_its_seed(path):
    assert path.read_text().startswith("# ")
    assert "seed" in tomllib.loads(path.read_text())


def test_the_paper_s_example_has_the_paper_s_numbers():
    config = load("paper.toml")
    assert config.policy.samples == config.budget.per_problem == 100
    for role in (config.policy, config.coderm):
        assert (role.sampling.temperature, role.sampling.top_p, role.sampling.max_tokens) == (0.8, 0.95, 2048)
    assert config.engines[config.policy.engine].model == "meta-llama/Llama-3.1-8B-Instruct"
    assert config.engines[config.coderm.engine].model == "KAKA22/CodeRM-8B"
    assert (config.selection.rule, config.sandbox.grading, config.sandbox.cpu_s) == ("coderm", "shared", 1.0)


def test_the_demo_runs_the_embedded_model_in_one_engine_on_the_cpu():
    config = load("demo.toml")
    (engine,) = config.engines.values()
    assert isinstance(engine, VllmEngine)
    assert (engine.model, engine.gpus, config.problems.source) == ("smollm2", 0, "starter")


def test_the_recorded_run_needs_no_model_and_uses_enough_samples():
    config = load("recorded.toml")
    engine = config.engines[config.policy.engine]
    assert isinstance(engine, ScriptedEngine)
    assert Path(engine.path).is_file()
    assert config.policy.samples >= 12
    assert config.budget.per_problem >= 8


def test_an_answer_leaves_room_for_a_prompt_in_every_example():
    for path in EXAMPLES:
        config = load_config(path, (), {})
        for role in (config.policy, config.coderm):
            engine = config.engines[role.engine]
            if isinstance(engine, VllmEngine):
                assert role.sampling.max_tokens <= engine.max_model_len / 2, path.name


def test_the_service_s_example_parses_listens_at_loopback_and_needs_no_model():
    config = load_service_config(SERVICE, (), {})
    assert (config.service.host, config.service.detail) == ("127.0.0.1", "outcome")
    assert config.writing_roles() == {}


def test_the_data_build_s_example_parses_and_needs_no_model():
    config = load_data_config(DATA, (), {})
    assert {type(engine) for engine in config.engines.values()} == {ScriptedEngine}
    assert all(source.licence for source in config.sources)
