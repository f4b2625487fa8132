"""Programs that read standard input, from files to a finished run: real Ray, real processes, recorded answers."""

import json
from pathlib import Path

import pytest
from cli import run

pytestmark = pytest.mark.docker
PROBLEM = {
    "task_id": "sum",
    "question": "Print the sum of the numbers.",
    "cases": [{"input": f"{n} 2\n", "output": f"{n + 2}\n"} for n in range(3)],
    "example_cases": [{"input": "1 2\n", "output": "3\n"}],
    "compare": "decimal",
}
RIGHT = "import sys\nprint(float(sum(map(int, sys.stdin.buffer.read().split()))))\n"
PROGRAMS = ["print(sum(map(int, input().split())))", "print(3)", RIGHT, "while True: pass", "print(input())\nraise SystemExit(3)"]


def row(path: Path):
    return json.loads(path.read_text(encoding="utf-8").splitlines()[0])


def write(path: Path, *rows: dict) -> str:
    path.write_text("".join(json.dumps(item) + "\n" for item in rows), encoding="utf-8")
    return str(path)


def test_own_programs_are_scored_on_cases_and_chosen_by_given_ones(tmp_path: Path, ray_cluster: str) -> None:
    tests = [json.dumps({"input": "4 4\n", "output": "8\n"}), json.dumps({"input": "0 3\n", "output": "3\n"})]
    out = tmp_path / "run"
    ended = run(
        "score",
        *("--problems", write(tmp_path / "p.jsonl", PROBLEM)),
        *("--candidates", write(tmp_path / "c.jsonl", {"task_id": "sum", "solutions": PROGRAMS})),
        *("--tests", write(tmp_path / "t.jsonl", {"task_id": "sum", "unit_tests": tests})),
        *("--out", str(out), "--set", f"cluster.address={ray_cluster}"),
    )
    assert ended.code == 0, ended.err
    assert row(out / "labels.jsonl")["correct"] == [1, 0, 1, 0, 0]
    assert row(out / "labels.jsonl")["verdicts"] == ["passed", "failed", "passed", "timeout", "exit_status"]
    assert row(out / "selected.jsonl")["kept"] == [0, 2]


def test_recorded_scripts_and_cases_of_models_are_read_run_and_voted_on(tmp_path: Path, ray_cluster: str) -> None:
    case = "<case>\n<input>\n{} {}\n</input>\n<output>\n{}\n</output>\n</case>"
    policy = [f"```python\n{program}\n```" for program in PROGRAMS[:3]] + ["I cannot."]
    writer = [case.format(5, 6, 11), case.format(1, 1, 2), case.format(1, 1, 3)]
    recording = tmp_path / "r.jsonl"
    write(
        recording,
        {"task_id": "sum", "role": "policy", "completions": policy},
        {"task_id": "sum", "role": "coderm", "completions": writer},
    )
    config = tmp_path / "c.toml"
    config.write_text(
        f'[problems]\nsource = "jsonl"\npath = "{write(tmp_path / "p.jsonl", PROBLEM)}"\n'
        f'[engines.main]\ntype = "scripted"\npath = "{recording}"\n'
        '[policy]\nengine = "main"\nsamples = 4\n[coderm]\nengine = "main"\noversample = 1.0\n[budget]\nper_problem = 3\n'
    )
    out = tmp_path / "run"
    ended = run("run", str(config), "--out", str(out), "--set", f"cluster.address={ray_cluster}")
    assert ended.code == 0, ended.err
    summary = json.loads((out / "summary.json").read_text())
    assert summary["rejected"]["policy:no_code"] == 1
    assert row(out / "labels.jsonl")["correct"] == [1, 0, 1, 0]
    assert [json.loads(text)["output"] for text in row(out / "tests.jsonl")["unit_tests"]] == ["11\n", "2\n", "3\n"]
    assert row(out / "selected.jsonl")["kept"] == [0, 2]
