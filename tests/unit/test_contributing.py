"""What CONTRIBUTING.md shows works: its worked examples run, findings have the stated form, subjects are judged as told."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems.run import passes
from rewards.groups import a_group

from coderm.budget.allocation.greedy import allocate
from coderm.budget.gain_models.base import LAMBDA, ProblemFeatures
from coderm.config.schema import ScriptedEngine
from coderm.errors import DataError
from coderm.generation.factory import make_generator
from coderm.messages.generation import GenerationRequest, Sampling
from coderm.selection.base import select

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FINDINGS = sorted((ROOT / "findings").iterdir())
LONGEST_EXAMPLE, LONGEST_FINDING = 30, 60


def example(heading: str) -> str:
    found = re.search(rf"^## {heading}\n.*?^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"no example under {heading}"
    return found[1]


def executed(heading: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example(heading), heading, "exec", dont_inherit=True), names)
    return names


@pytest.mark.parametrize(
    "heading", ["Add a rule", "Add a gain model", "Add a reward", "Add a backend", "Add a reader", "Add an exploit"]
)
def test_examples_are_short(heading: str):
    assert len(example(heading).splitlines()) < LONGEST_EXAMPLE


def test_the_rule_chooses_the_candidate_that_passes_what_few_pass():
    rule = executed("Add a rule")["Rarest"]()
    passed = np.array([[True, True, False], [True, True, False], [False, True, True]])
    assert rule(passed).tolist() == pytest.approx([0.5 + 1 / 3, 0.5 + 1 / 3, 1 + 1 / 3])
    assert select(rule, passed).chosen == 2
    assert select(rule, passed[:, :0]).kept.tolist() == [0, 1, 2]


def test_the_gain_model_spends_where_candidates_differ():
    model = executed("Add a gain model")["Unsure"]()
    features = ProblemFeatures(("a", "b", "c"), (LAMBDA,), np.array([[0.0], [0.5], [0.9]]))
    gains = model.gains(features)
    assert gains.key(np.ones(3, np.int64)).tolist() == pytest.approx([0.0, 0.125, 0.045])
    assert allocate(gains, 4).tolist() == [0, 3, 1]


def test_the_reward_is_null_only_where_nothing_is_known():
    term = executed("Add a reward")["InTime"]()
    assert term(a_group("++++", "+-tm", "--tt", "++?-", "no code", "deadline")) == [1.0, 0.75, 0.0, None, 0.0, None]
    assert term.bounds(4) == (0.0, 1.0)


def test_the_backend_answers_as_the_shipped_ones_do():
    names = executed("Add a backend")
    config = names["EchoEngine"].model_validate({"type": "echo", "text": "def f(): pass"})
    generator = names["EchoGenerator"](config)
    shipped = make_generator(ScriptedEngine(path="recorded.jsonl"))
    assert generator.describe().keys() == shipped.describe().keys()

    async def ask():
        await generator.setup()
        result = await generator.generate(GenerationRequest("id", "p/0", "policy", (), 3, 0, Sampling()))
        await generator.close()
        await generator.close()
        return result

    result = asyncio.run(ask())
    assert (result.request_id, [item.text for item in result.completions]) == ("id", ["def f(): pass"] * 3)


def test_the_reader_reads_its_format_and_names_the_place_of_a_fault(tmp_path: Path):
    read = executed("Add a reader")["read_kata"]
    row = {"number": 1, "statement": "Double x.", "solution": "def f(x):\n    return 2 * x\n", "asserts": ["assert f(2) == 4"]}
    file = tmp_path / "katas.jsonl"
    file.write_text(json.dumps(row) + "\n" + json.dumps({"number": 2}) + "\n", "utf-8")
    problems = read(file)
    first = next(problems)
    assert (first.task_id, first.question) == ("Kata/1", "Double x.")
    assert all(passes(first.reference, check) for check in first.checks)
    with pytest.raises(DataError, match=r"katas.jsonl:2: field 'statement'"):
        next(problems)


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("Judge a timeout only by a test's own full limit\n\nWhy.\n", ""),
        ("# a comment of git\n\nKeep what is pinned\n", ""),
        ("Merge branch 'of any length whatever, since git writes it and nobody reads a subject like that'\n", ""),
        (f"{'Keep ' * 14}\n", ""),
        (f"{'Keep ' * 14}more\n", "74 characters; 70 at most"),
        ("Mend it.\n", "without a full stop"),
        ("mend it\n", "capital letter"),
        ("\n", "capital letter"),
    ],
)
def test_subjects_that_would_not_be_found_again_are_refused(tmp_path: Path, message: str, fault: str):
    (tmp_path / "message").write_text(message, "utf-8")
    command = [sys.executable, str(ROOT / ".ci" / "subject.py"), str(tmp_path / "message")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == bool(fault)
    assert fault in done.stderr


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.name)
def test_a_finding_has_the_stated_form(path: Path):
    text = path.read_text("utf-8")
    lines = text.splitlines()
    assert path.suffix == ".sh"
    assert path.stat().st_mode & 0o111
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1].startswith("# ")
    assert len(lines) < LONGEST_FINDING
    assert {"set -euo pipefail", "work=$(mktemp -d)", "trap 'rm -rf \"$work\"' EXIT"} <= set(lines)
    assert "exit 1" in text
    assert not re.search(r"\b(coderm|actors|cluster)\b", text)


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.name)
def test_a_finding_pins_what_it_installs(path: Path):
    text = path.read_text("utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip\" install (.+)", text)
    assert installs
    packages = [word.strip('"') for line in installs for word in line.split() if not word.startswith("-")]
    assert packages
    assert [word for word in packages if not re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.$]+", word)] == []


def test_release_notes_are_the_section_of_the_changelog():
    command = [sys.executable, str(ROOT / ".ci" / "release_notes.py")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("### Added")
    assert "](docs/" not in done.stdout
    missing = subprocess.run([*command, "99.0.0"], capture_output=True, text=True)
    assert (missing.returncode, missing.stderr) == (1, "release notes: CHANGELOG.md has no section [99.0.0] with anything in it\n")


def test_templates_name_commands_and_files_that_exist():
    templates = [ROOT / ".github" / "pull_request_template.md", *(ROOT / ".github" / "ISSUE_TEMPLATE").iterdir()]
    assert len(templates) == 4
    for path in templates:
        for span in re.findall(r"`([^`]+)`", path.read_text("utf-8")):
            if re.fullmatch(r"[\w/]+\.md", span):
                assert (ROOT / span).exists(), span


def test_hooks_and_the_workflow_name_targets_and_files_that_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    flow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    named = set(re.findall(r"(?:entry|run): make (\w+)", hooks + flow))
    assert named
    assert named <= targets
    assert [path for path in re.findall(r"(?<=[ /])\.ci/[\w.]+", hooks) if not (ROOT / path).exists()] == []


def test_every_target_says_in_one_line_what_it_is_for():
    targets = re.findall(r"^([a-z]+):(.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert [name for name, rest in targets if "## " not in rest] == []
