"""Settings: where they come from, who wins, and how a mistake is told."""

from pathlib import Path

import pytest

from coderm.config import schema as module
from coderm.config.loader import load_config, load_train_config, parse_config
from coderm.config.schema import BudgetConfig, Section
from coderm.errors import ConfigError

SECTIONS = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Section)]


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "run.toml"
        path.write_text(text)
        return path

    return write


def load(path=None, *overrides, **environ):
    return load_config(path, overrides, environ)


def test_without_anything_the_defaults_hold():
    config = load()
    assert (config.seed, config.policy.samples, config.budget.per_problem) == (0, 100, 100)


def test_a_file_wins_over_defaults_the_environment_over_the_file_and_set_over_all(file):
    path = file("seed = 1\n[budget]\nper_problem = 1\nfloor = 1\n[policy]\nsamples = 1\n")
    environ = {"CODERM__BUDGET__PER_PROBLEM": "2", "CODERM__POLICY__SAMPLES": "2"}
    config = load(path, "policy.samples=3", **environ)
    assert (config.seed, config.budget.floor, config.budget.per_problem, config.policy.samples) == (1, 1, 2, 3)


def test_other_variables_of_the_environment_are_left_alone():
    assert load(CODERM_REQUIRE_DOCKER="1", PATH="/bin") == load()


def test_a_variable_for_another_kind_of_config_is_passed_over():
    variables = {"CODERM__CLUSTER__ADDRESS": "auto", "CODERM__OPTIMISATION__BATCH": "2"}
    assert load_train_config(None, ['data.path="sft.jsonl"'], variables).optimisation.batch == 2
    found = load(**variables, CODERM__SERVICE__PORT="1", CODERM__REPAIR__ROUNDS="1")
    assert found.cluster.address == "auto"


def test_a_variable_that_no_config_knows_is_named():
    with pytest.raises(ConfigError, match="the variable CODERM__SANDBOKS__CPU_S names no setting: no config has sandboks"):
        load(CODERM__SANDBOKS__CPU_S="1")


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("seed=-3", lambda config: config.seed == -3),
        ("sandbox.cpu_s=0.5", lambda config: config.sandbox.cpu_s == 0.5),
        ("sandbox.details=true", lambda config: config.sandbox.details is True),
        ("problems.only=['a', 'b']", lambda config: config.problems.only == ("a", "b")),
        ("cluster.address=10.0.0.1:6379", lambda config: config.cluster.address == "10.0.0.1:6379"),
        ("cluster.address='local'", lambda config: config.cluster.address == "local"),
        ("policy.prompt.template=a = {question}", lambda config: config.policy.prompt.template == "a = {question}"),
        (
            "engines.main={type='scripted', path='r.jsonl'}",
            lambda config: config.engines["main"].path == str(Path("r.jsonl").absolute()),
        ),
        ("policy.sampling={temperature=0.0}", lambda config: config.policy.sampling.temperature == 0.0),
    ],
)
def test_set_takes_values_of_every_type(override, found):
    assert found(load(None, override))


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("budget.per_problm=3", "budget.per_problm: unknown key"),
        ("nothing=3", "nothing: unknown key"),
        ("policy.samples=many", "policy.samples: .*valid integer.*, not 'many'"),
        ("policy.samples=1.5", "policy.samples: .*valid integer.*, not 1.5"),
        ("policy.samples=0", "policy.samples: .*greater than or equal to 1, not 0"),
        ("sandbox.cpu_s=inf", "sandbox.cpu_s: .*finite"),
        ("selection.rule=vote", "selection.rule: .*'coderm'.*, not 'vote'"),
        ("sandbox.image=3", "sandbox.image: .*valid string, not 3"),
        ("problems.source=jsonl", r"problems.path is needed for source = 'jsonl'"),
        ("engines.main.type=magic", "engines.main: .*'vllm'.*"),
        ("engines.main={type='vllm'}", "engines.main.vllm.model: Field required"),
        ("seed", "--set seed: write it as section.key=value"),
        ("=3", "--set =3: write it as section.key=value"),
        ("seed.deep=3", "seed: .*valid integer"),
    ],
)
def test_a_setting_that_cannot_be_is_told_by_name(override, complaint):
    with pytest.raises(ConfigError, match=complaint) as caught:
        load(None, override)
    assert "\n" not in str(caught.value)


def test_a_section_cannot_be_put_below_a_value(file):
    with pytest.raises(ConfigError, match=r"--set seed.deep: seed is a value, not a section"):
        load(file("seed = 3"), "seed.deep=3")


def test_several_mistakes_are_told_at_once_with_the_file(file):
    path = file("[policy]\nsamples = 0\n[budget]\ntotals = 3\n")
    with pytest.raises(ConfigError, match=f"{path}: policy.samples.*; budget.totals: unknown key"):
        load(path)


def test_a_file_that_is_missing_or_no_toml_is_told(file, tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: no such config file; examples are in examples/"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"run\.toml: not readable as TOML"):
        load(file("seed ="))
    with pytest.raises(ConfigError, match="not readable as TOML"):
        load(tmp_path)


def test_a_budget_is_empty_where_it_gives_no_test_in_any_unit():
    assert BudgetConfig(per_problem=0).empty
    assert not BudgetConfig(per_problem=0, total=4).empty
    assert not BudgetConfig(per_problem=0, total_tokens=4).empty


def test_a_config_survives_being_written_and_read(file):
    config = load(None, "engines.main={type='vllm', model='m', extra={a=1}}", "problems.only=['x']")
    assert parse_config(config.model_dump(mode="json"), "x") == config


def test_a_config_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load().seed = 3


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_section_says_what_it_is(section):
    assert section.__doc__
