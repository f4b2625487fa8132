"""Whatever is wrong with the input or the machine: one clear line, the right exit code, nothing half-written."""

import json
import socket
import tempfile
from pathlib import Path

import pytest
from cli import run

PROBLEM = {"task_id": "a/0", "question": "Double x.", "entry_point": "f", "checks": ["assert f(2) == 4"]}
CANDIDATE = {"task_id": "a/0", "solutions": ["def f(x):\n    return 2 * x\n"]}
CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(1), 2)\n"
SUITE = {"task_id": "a/0", "unit_tests": [CASE]}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    return path


def score(tmp_path: Path, problems: list, candidates: list, tests: list | None = None, *more: str):
    arguments = [
        "--problems",
        str(write(tmp_path / "p.jsonl", *problems)),
        "--candidates",
        str(write(tmp_path / "c.jsonl", *candidates)),
    ]
    if tests is not None:
        arguments += ["--tests", str(write(tmp_path / "t.jsonl", *tests))]
    return run("score", *arguments, "--out", str(tmp_path / "run"), "--set", "cluster.address=local", *more)


def refused(ended, code: int, *words: str) -> None:
    assert ended.code == code, ended.err
    line = ended.err.strip().splitlines()[-1]
    assert line.startswith("coderm: ")
    assert "Traceback" not in ended.err
    for word in words:
        assert word in line, line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[budget]\nper_problm = 3\n", ["budget.per_problm", "unknown key"]),
        ('seed = "x"\n', ["seed", "integer"]),
        ("[policy\n", ["TOML"]),
        ('[policy]\nengine = "big"\n[engines.main]\ntype = "vllm"\nmodel = "smollm2"\n', ["policy.engine", "big"]),
        ("", ["engines.main"]),
    ],
)
def test_a_config_that_cannot_be_used_is_named_by_key(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    refused(run("run", str(path), "--out", str(tmp_path / "run")), 2, *words)
    assert not (tmp_path / "run").exists()


def test_a_missing_config_file_is_named(tmp_path: Path) -> None:
    refused(run("run", str(tmp_path / "none.toml"), "--out", str(tmp_path / "run")), 2, "none.toml", "no such")


@pytest.mark.parametrize(
    ("problems", "candidates", "tests", "words"),
    [
        ([PROBLEM, "{broken"], [CANDIDATE], None, ["p.jsonl:2"]),
        ([PROBLEM, PROBLEM], [CANDIDATE], None, ["p.jsonl:2", "a/0"]),
        ([PROBLEM], ["{broken"], [SUITE], ["c.jsonl:1"]),
        ([PROBLEM], [{"task_id": "a/0", "solutions": "x"}], [SUITE], ["c.jsonl:1", "solutions"]),
        ([PROBLEM], [{"task_id": "a/0", "solutions": []}], [SUITE], ["c.jsonl", "no text"]),
        ([PROBLEM], [CANDIDATE, CANDIDATE], [SUITE], ["c.jsonl:2", "a/0"]),
        ([PROBLEM], [CANDIDATE, {"task_id": "b/1", "solutions": ["x"]}], [SUITE], ["c.jsonl:2", "b/1"]),
        ([PROBLEM], [CANDIDATE], [{"task_id": "a/0", "unit_tests": [3]}], ["t.jsonl:1", "unit_tests"]),
        ([], [CANDIDATE], [SUITE], ["p.jsonl"]),
        ([PROBLEM], [CANDIDATE], None, ["coderm.engine"]),
    ],
)
def test_a_file_that_cannot_be_used_is_named_by_line(tmp_path: Path, problems, candidates, tests, words) -> None:
    refused(score(tmp_path, problems, candidates, tests), 2, *words)
    assert not (tmp_path / "run").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refused(run("score", "--problems", "none.jsonl", "--candidates", "c.jsonl", "--out", str(tmp_path / "run")), 2, "none.jsonl")


def test_a_report_of_no_run_directory_is_refused(tmp_path: Path) -> None:
    refused(run("report", str(tmp_path)), 2, "summary.json")


MACHINE = [
    (["--set", 'sandbox.image="no-such-image"'], {}, ["no-such-image", "make image"]),
    ([], {"DOCKER_HOST": "unix:///nowhere/docker.sock"}, ["make setup"]),
    (["--set", "cluster.address=127.0.0.1:1"], {}, ["127.0.0.1:1", "ray start"]),
]


@pytest.mark.docker
@pytest.mark.parametrize(("more", "env", "words"), MACHINE)
def test_what_the_machine_lacks_is_said_with_what_to_type(
    tmp_path: Path, more: list[str], env: dict[str, str], words: list[str]
) -> None:
    problems, candidates = write(tmp_path / "p.jsonl", PROBLEM), write(tmp_path / "c.jsonl", CANDIDATE)
    tests = write(tmp_path / "t.jsonl", SUITE)
    given = ["--problems", str(problems), "--candidates", str(candidates), "--tests", str(tests), "--out", str(tmp_path / "run")]
    refused(run("score", *given, "--set", "cluster.address=local", *more, env=env), 3, *words)
    assert not (tmp_path / "run").exists()


@pytest.mark.docker
def test_a_docker_engine_that_answers_too_slowly_is_told_apart_from_one_that_is_not_there(tmp_path: Path) -> None:
    problems, candidates = write(tmp_path / "p.jsonl", PROBLEM), write(tmp_path / "c.jsonl", CANDIDATE)
    tests = write(tmp_path / "t.jsonl", SUITE)
    given = ["--problems", str(problems), "--candidates", str(candidates), "--tests", str(tests), "--out", str(tmp_path / "run")]
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{folder}/docker.sock")
        silent.listen()
        hurried = ["--set", "cluster.address=local", "--set", "sandbox.engine_timeout_s=0.5"]
        ended = run("score", *given, *hurried, env={"DOCKER_HOST": f"unix://{folder}/docker.sock"})
    refused(ended, 3, "too slowly", "sandbox.engine_timeout_s")


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        ('type = "vllm"\nmodel = "smollm2"\ngpus = 4', ["4 GPU", "gpus = 0"]),
        ('type = "vllm"\nmodel = "/no/such/model"', ["/no/such/model"]),
        ('type = "scripted"\npath = "/no/such/file.jsonl"', ["/no/such/file.jsonl"]),
        ('type = "openai"\nmodel = "gpt"\napi_key_env = "NO_SUCH_KEY"', ["NO_SUCH_KEY"]),
    ],
)
def test_an_engine_that_cannot_start_is_named_with_the_remedy(tmp_path: Path, engine: str, words: list[str]) -> None:
    path = tmp_path / "c.toml"
    path.write_text(f'[problems]\nlimit = 1\n[engines.main]\n{engine}\n[sandbox]\ntype = "local"\n[cluster]\naddress = "local"\n')
    ended = run("run", str(path), "--out", str(tmp_path / "run"))
    assert ended.code in (2, 3), ended.err
    refused(ended, ended.code, *words)
    assert not (tmp_path / "run").exists()


@pytest.mark.docker
def test_problems_without_checks_are_chosen_from_but_no_accuracy_is_claimed(tmp_path: Path) -> None:
    bare = {key: value for key, value in PROBLEM.items() if key != "checks"}
    ended = score(tmp_path, [bare], [CANDIDATE], [SUITE])

    assert ended.code == 0, ended.err
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["pass_at_1"] is None
    assert summary["outcomes"] == {"passed": 1}


@pytest.mark.docker
def test_a_problem_without_tests_counts_with_its_pass_at_1(tmp_path: Path) -> None:
    two = {"task_id": "a/0", "solutions": ["def f(x):\n    return 2 * x\n", "def f(x):\n    return 3 * x\n"]}
    other = {"task_id": "a/1"}
    problems, candidates = [PROBLEM, PROBLEM | other], [two, CANDIDATE | other]
    ended = score(tmp_path, problems, candidates, [{"task_id": "a/0", "unit_tests": []}, SUITE | other])

    assert ended.code == 0, ended.err
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["best_of_n"]["coderm"] == 0.75
