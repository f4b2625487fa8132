"""The documents say what is true: commands and targets exist, links resolve, settings and defaults are those of the code."""

import argparse
import ast
import contextlib
import io
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic_core import PydanticUndefined

from cluster.cli import parser
from coderm.config.data import DataConfig
from coderm.config.schema import EngineConfig, ProblemsConfig, RunConfig, Section
from coderm.config.service import ServiceConfig
from coderm.config.training import LoraMethod, TrainConfig
from coderm.problems.starter import STARTER

ROOT = Path(__file__).resolve().parents[2]
HEADS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [*(ROOT / name for name in HEADS), *sorted((ROOT / "docs").rglob("*.md"))]
ENGINES = {model.model_fields["type"].default: model for model in get_args(get_args(EngineConfig)[0])}
NESTED = {"probe": ("train", "eval"), "data": ("build",)}
"""Commands whose options belong to a second word."""
FENCE = re.compile(r"^```.*?\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^(?:sudo |\.venv/bin/)*(coderm|make) (.+)$")
PATH = re.compile(r"(?:examples|lock|docs|coderm|actors|cluster|tests|findings|\.ci)/[\w./-]*")


def fenced(page: Path) -> list[str]:
    return [line for block in FENCE.findall(page.read_text("utf-8")) for line in block.splitlines()]


def spans(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text("utf-8")))


def commands(lines: list[str], program: str) -> list[list[str]]:
    found = [match for line in lines if (match := COMMAND.match(line.strip())) and match[1] == program]
    return [shlex.split(match[2], comments=True) for match in found]


@cache
def help_of(command: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit) as end:
        parser().parse_args([*command.split(), "--help"])
    assert end.value.code == 0, f"coderm {command} does not exist"
    return out.getvalue()


def shown(default: object) -> str:
    if default is PydanticUndefined:
        return "required"
    return "absent" if default is None else f"`{json.dumps(default, default=str)}`"


def walk(section: type[Section], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in section.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Section):
            found |= walk(type(default), f"{prefix}{name}.")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found |= walk(field.annotation, f"{prefix}{name}.")
        else:
            found[prefix + name] = shown(default)
    return found


def settings() -> dict[tuple[str, str], str]:
    """(engine type or "", key) -> default as documented; an engine's type must always be given."""
    run = {("", key): default for key, default in (walk(RunConfig) | walk(ServiceConfig)).items() if key != "engines"}
    for kind, model in ENGINES.items():
        run |= {(kind, key): default for key, default in walk(model, "engines.NAME.").items()}
        run[kind, "engines.NAME.type"] = "required"
    return run


def of_training() -> dict[tuple[str, str], str]:
    """Settings of `coderm train`; those of the sandbox are documented once."""
    found = walk(TrainConfig) | {key: default for key, default in walk(LoraMethod, "method.").items() if key != "method.type"}
    return {("", key): default for key, default in found.items() if not key.startswith("sandbox.")}


def documented(page: str = "configuration.md") -> dict[tuple[str, str], str]:
    rows: dict[tuple[str, str], str] = {}
    kind = ""
    for line in (ROOT / "docs" / page).read_text("utf-8").splitlines():
        if line.startswith("#"):
            named = re.search(r'type = "(\w+)"', line)
            kind = named[1] if named else ""
        if row := re.match(r"\| `([\w.]+)` \| (.+?) \| \S", line):
            assert (kind, row[1]) not in rows, f"{row[1]} stands there twice"
            rows[kind, row[1]] = row[2]
    return rows


def as_documented(key: str) -> str:
    return re.sub(r"^engines\.\w+\.", "engines.NAME.", key)


KEYS = (
    {key for _, key in settings() | of_training()}
    | walk(ProblemsConfig, "quality.problems.").keys()
    | {part for key in walk(DataConfig) for part in (key, key.rpartition(".")[0])}
)


every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@every_page
def test_links_resolve(page: Path):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    assert [t for t in targets if "://" not in t and not (page.parent / t).exists()] == []


@every_page
def test_files_named_exist(page: Path):
    metrics = re.compile(r"coderm/(reward|lost|cached|time|pairs)\w*")  # of TRL's logs
    named = [span for span in spans(page) if PATH.fullmatch(span) and not metrics.fullmatch(span)]
    assert [name for name in named if not (ROOT / name).exists()] == []


@every_page
def test_make_targets_exist(page: Path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = {word for words in commands(fenced(page) + spans(page), "make") for word in words if "=" not in word}
    assert used - targets == set()


@every_page
def test_subcommands_and_options_exist(page: Path):
    for command, *words in commands(fenced(page) + spans(page), "coderm"):
        nested = f"{command} {words[0]}" if command in NESTED and words and words[0] in NESTED[command] else command
        text = help_of(nested)
        assert [word for word in words if word.startswith("--") and word not in text] == []


@every_page
def test_whole_commands_parse(page: Path):
    launched = [line.partition("launch.py ")[2] for line in fenced(page) if "launch.py run" in line]
    for words in commands(fenced(page), "coderm") + [shlex.split(line, comments=True) for line in launched]:
        parser().parse_args(words)


def leaves(of: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command that can be typed, with its parser."""
    inner = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield words, of
    for action in inner:
        for name, found in action.choices.items():
            yield from leaves(found, (*words, name))


@pytest.mark.parametrize(
    ("words", "found"), list(leaves(parser())), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_the_help_of_a_command_shows_examples_that_parse(words: tuple[str, ...], found: argparse.ArgumentParser):
    text = (found.epilog or "").replace("\\\n", " ")
    typed = [
        re.split(r"\s{3,}", line)[0]
        for line in re.findall(r"^  coderm (.+)$", re.sub(r" +--tests e", " --tests e", text), re.MULTILINE)
    ]
    assert any(line.split()[: len(words)] == list(words) for line in typed)
    for line in typed:
        parser().parse_args(shlex.split(line))
    files = [word for line in typed for word in shlex.split(line) if word.startswith("examples/")]
    assert [name for name in files if not (ROOT / name.partition("=")[0]).exists()] == []


@every_page
def test_settings_named_exist(page: Path):
    text = page.read_text("utf-8")
    overridden = re.findall(r"--set ([a-z]\w*\.[\w.]+)=", text)
    heads = "|".join(sorted({key.partition(".")[0] for key in KEYS if "." in key}))
    named = [match[1] for span in spans(page) if (match := re.fullmatch(rf"((?:{heads})\.[\w.]+)(?: = .+)?", span))]
    files = (".sqlite",)  # of the bank, whose section has the same name
    assert [key for key in overridden + named if as_documented(key) not in KEYS and not key.endswith(files)] == []


def test_every_setting_is_documented_with_its_default():
    assert documented() == settings()
    assert documented("training.md") == of_training()


def lines_of_contract(name: str, left_out: set[str]) -> list[set[str]]:
    """Rooms of a contract's lines from the top down, without those that the page's tables do not list."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["name"].startswith(name))
    lines = [set(layer.replace("coderm.", "").split(" | ")) - left_out for layer in layers]
    return [line for line in lines if line]


def lines_of_table(heading: str) -> list[set[str]]:
    """Rooms of the lines of a table in architecture.md."""
    section = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition(f"### {heading}\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (\d+) \| `(?:coderm/)?([\w/]+?)/?` \|", section, re.MULTILINE)
    return [{room for number, room in rows if number == line} for line in sorted({number for number, _ in rows}, key=int)]


def folders(*parts: str) -> set[str]:
    return {path.parent.name for path in ROOT.joinpath(*parts).glob("*/__init__.py")}


def test_the_map_has_every_room_in_the_order_of_the_contracts():
    rooms = lines_of_table("The rooms of `coderm/`")
    assert set().union(*rooms) == folders("coderm")
    assert rooms == lines_of_contract("rooms", {"cluster", "actors", "arrays", "errors", "janitor", "logs", "pages"})
    inside = lines_of_table("The rooms of the runner")
    assert set().union(*inside) == folders("coderm", "sandbox", "runner")
    assert inside == lines_of_contract("inside the box", {"__main__", "constants"})
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert f"the library, {len(set().union(*rooms))} rooms" in told
    assert f"the program inside the box, {len(set().union(*inside))} rooms" in told


def literals() -> str:
    """Every text in the product's code, the parts of a formatted one apart."""
    files = [path for folder in ("coderm", "actors", "cluster") for path in sorted((ROOT / folder).rglob("*.py"))]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.slow
def test_messages_among_the_troubles_are_those_of_the_code():
    troubles = (ROOT / "README.md").read_text("utf-8").partition("## Troubleshooting")[2].partition("## Documentation")[0]
    messages = [span for row in re.findall(r"^\| (.+?) \| ", troubles, re.MULTILINE) for span in re.findall(r"`(.+?)`", row)]
    assert len(messages) > 20
    pieces = [piece.strip(" :;") for text in messages for piece in re.split(r"\.\.\.|'[^']*'|\b[A-Z]{4,}\b|\d+|[()]", text)]
    known = literals()
    assert [piece for piece in pieces if " " in piece and piece not in known] == []


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    names = {re.split(r"[<>=!~; ]", line)[0] for line in lines}
    reasons = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert sorted(name for name in names if f"**{name}**" not in reasons) == []


def test_the_starter_set_has_as_many_problems_as_told():
    rows = [json.loads(line) for line in STARTER.read_text("utf-8").splitlines()]
    fewest = min(len(row["checks"]) for row in rows)
    assert f"{len(rows)} problems" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    told = (ROOT / "docs" / "files.md").read_text("utf-8")
    assert f"{len(rows)} problems, easy to hard, each with a reference and at least {fewest} checks" in told


def test_the_sample_page_shows_the_figures_of_the_readme_and_no_path_of_a_machine():
    page = (ROOT / "docs" / "assets" / "sample" / "report.html").read_text("utf-8")
    section = (ROOT / "README.md").read_text("utf-8").partition("### Recorded run")[2].partition("### ")[0]
    figures = re.findall(r"[+-]?\d+\.\d\d", "\n".join(re.findall(r"^\|.*", section, re.MULTILINE)))
    assert len(figures) > 10
    assert [figure for figure in figures if figure not in page] == []
    assert '"path": "examples/recorded.jsonl"' in page


def test_the_licence_is_the_one_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text("utf-8")
