"""Settings that name files: every one anchors itself by its type, wherever it was given."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin

import pytest

from coderm.config.loader import load_config, parse_config
from coderm.config.paths import PLACES, FilePath, ModelName, ProbeName, SourcePath
from coderm.config.schema import EngineConfig, RunConfig, Section
from coderm.errors import ConfigError

ENGINES = get_args(get_args(EngineConfig)[0])
NO_FILES = {
    *("problems.split", "problems.only", "policy.engine", "coderm.engine", "cluster.address", "sandbox.image", "sandbox.runtime"),
    *("sandbox.packages", "sandbox.python"),
    *(f"{role}.prompt.{part}" for role in ("policy", "coderm") for part in ("system", "template")),
    *(f"engines.NAME.{key}" for key in ("extra", "base_url", "api_key_env")),
    "engines.NAME.model of openai",
    *("loggers.project", "loggers.name"),
}
"""Settings of text that name no file of this machine."""


@dataclass(frozen=True)
class Setting:
    key: str
    place: Any
    engine: str


def settings(section: type[Section] = RunConfig, prefix: str = "", engine: str = ""):
    """Every leaf of the schema with the type of place it names, or None."""
    for name, field in section.model_fields.items():
        if name == "engines":
            for kind in ENGINES:
                yield from settings(kind, "engines.NAME.", kind.model_fields["type"].default)
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from settings(field.annotation, f"{prefix}{name}.", engine)
        else:
            places = [place for place in PLACES if get_args(place)[1] in field.metadata]
            yield Setting(prefix + name, next(iter(places), None), engine), field


EVERY = list(settings())
ANCHORED = [setting for setting, _ in EVERY if setting.place]
every_place = pytest.mark.parametrize("setting", ANCHORED, ids=lambda setting: f"{setting.key}-{setting.engine}")


def tree(setting: Setting, value: str) -> dict[str, Any]:
    """A config in which this setting has this value and nothing is missing."""
    data: dict[str, Any] = {"engines": {"main": {"type": "scripted", "path": "/r.jsonl"}}}
    if setting.engine:
        data["engines"]["NAME"] = {"type": setting.engine}
    *sections, name = setting.key.split(".")
    node = data
    for part in sections:
        node = node.setdefault(part, {})
    node[name] = value
    if setting.place is SourcePath:
        node["source"] = "jsonl"
    return data


def toml(data: dict[str, Any]) -> str:
    """A tree as one TOML table per section."""
    return "".join(f"{name} = {inline(section)}\n" for name, section in data.items())


def inline(value: Any) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{" + ", ".join(f"{key} = {inline(item)}" for key, item in value.items()) + "}"


def found(config: RunConfig, setting: Setting) -> str:
    node: Any = config
    for part in setting.key.split("."):
        node = node[part] if isinstance(node, dict) else getattr(node, part)
    return cast(str, node)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The folder of a config file and another one to work in; both hold the directory `sub/place`."""
    for name in ("here", "there"):
        (tmp_path / name / "sub" / "place").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here", tmp_path / "there"


def test_the_schema_names_six_places_and_a_text_that_may_be_one_has_to_be_decided_on():
    assert len(ANCHORED) == 6
    assert {setting.place for setting in ANCHORED} == {FilePath, SourcePath, ModelName, ProbeName}
    texts = [setting for setting, field in EVERY if "str" in str(field.annotation) and get_origin(field.annotation) is not Literal]
    unplaced = [setting for setting in texts if not setting.place]
    assert {f"{item.key} of {item.engine}" if item.key.endswith("NAME.model") else item.key for item in unplaced} == NO_FILES


@every_place
def test_in_a_file_it_is_of_the_folder_of_the_file(setting, folders):
    here, there = folders
    (there / "run.toml").write_text(toml(tree(setting, "sub/place")))
    assert found(load_config(there / "run.toml", [], {}), setting) == str(there / "sub" / "place")
    assert found(load_config(Path("../there/run.toml"), [], {}), setting) == str(here / "../there" / "sub" / "place")


@every_place
def test_on_the_command_line_and_in_the_environment_it_is_of_the_working_directory(setting, folders):
    here, there = folders
    (there / "run.toml").write_text(toml(tree(setting, "/else")))
    key = setting.key
    assert found(load_config(there / "run.toml", [f"{key}=sub/place"], {}), setting) == str(here / "sub" / "place")
    if not setting.engine:  # names of variables are lower-cased
        variable = {f"CODERM__{key.upper().replace('.', '__')}": "sub/place"}
        assert found(load_config(there / "run.toml", [], variable), setting) == str(here / "sub" / "place")
    section = key.split(".")[0]
    table = inline(tree(setting, "sub/place")[section])
    assert found(load_config(None, [f"{section}={table}"], {}), setting) == str(here / "sub" / "place")


@every_place
def test_an_absolute_name_stays_and_a_home_is_found(setting, folders, monkeypatch):
    here, there = folders
    monkeypatch.setenv("HOME", str(here))
    for name, expected in ((f"{here}/x", f"{here}/x"), ("~/x", f"{here}/x")):
        (there / "run.toml").write_text(toml(tree(setting, name)))
        assert found(load_config(there / "run.toml", [], {}), setting) == expected


def test_a_path_is_of_the_folder_of_its_file_although_its_source_is_given_elsewhere(folders):
    _, there = folders
    (there / "run.toml").write_text('[problems]\npath = "p.jsonl"\n')
    assert load_config(there / "run.toml", ["problems.source=jsonl"], {}).problems.path == str(there / "p.jsonl")


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('[problems]\nsource = "hub"\npath = "org/name"\n', "problems.path", "org/name"),
        ('[engines.main]\ntype = "vllm"\nmodel = "org/name"\n', "engines.main.model", "org/name"),
        ('[engines.main]\ntype = "vllm"\nmodel = "smollm2"\n', "engines.main.model", "smollm2"),
        ('[engines.main]\ntype = "openai"\nmodel = "sub"\n', "engines.main.model", "sub"),
        ('[budget]\nprobe = "examples"\n', "budget.probe", "examples"),
        ('[budget]\nprobe = "smollm2"\n', "budget.probe", "smollm2"),
        ('[engines.main]\ntype = "vllm"\nmodel = "m"\nextra = {tokenizer = "sub"}\n', "engines.main.extra.tokenizer", "sub"),
    ],
)
def test_a_name_that_is_no_file_stays_although_a_directory_of_that_name_may_be_there(folders, text, key, expected):
    _, there = folders
    for name in ("examples", "smollm2"):
        (there / name).mkdir()
    (there / "run.toml").write_text(text)
    assert found(load_config(there / "run.toml", [], {}), Setting(key, None, "")) == expected


def test_what_begins_like_a_path_is_told_as_one_although_nothing_is_there(folders):
    _, there = folders
    (there / "run.toml").write_text('[engines.main]\ntype = "vllm"\nmodel = "./none"\n')
    assert load_config(there / "run.toml", [], {}).engines["main"].model == str(there / "none")


def test_nothing_of_where_a_text_was_given_is_left_in_a_config():
    override = "engines.main={type='vllm', model='org/m', extra={a='b', c=['d']}}"
    config = load_config(None, [override, "problems.only=['x']", "cluster.address=local"], {})
    extra = config.engines["main"].extra
    values = [config.engines["main"].model, *extra, *extra.values(), *extra["c"], *config.problems.only, config.cluster.address]
    assert {type(value) for value in values} <= {str, list}


@every_place
def test_the_home_of_no_user_is_one_clear_line(setting):
    with pytest.raises(ConfigError, match=rf"{setting.key.rpartition('.')[2]}: begins with ~ and the name of no user"):
        parse_config(tree(setting, "~no user of this name/x"), "test")


@every_place
def test_a_name_too_long_for_a_file_is_no_fault_of_the_config(setting):
    assert str(parse_config(tree(setting, "a" * 5000), "test"))


def test_a_value_nested_too_deeply_is_no_toml(tmp_path):
    deep = "[" * 5000
    (tmp_path / "c.toml").write_text(f"seed = {deep}")
    with pytest.raises(ConfigError, match="not readable as TOML"):
        load_config(tmp_path / "c.toml", environ={})
    with pytest.raises(ConfigError, match="seed"):
        load_config(None, [f"seed={deep}"], {})
