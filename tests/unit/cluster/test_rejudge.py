"""Stored programs are judged again by a problem's checks, or by the user's tests, in the sandbox that the settings name."""

import json
import signal
from pathlib import Path

import pytest

import launch

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "rollouts.jsonl"
LOCAL = ("--set", "sandbox.type=local")

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def signals():
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_example_is_judged_again_and_what_was_lost_gets_its_reward(tmp_path, capsys):
    out = tmp_path / "new.jsonl"
    assert launch.main(["rescore", str(EXAMPLE), "--problems", "starter", *LOCAL, "--out", str(out)]) == 0
    new, old = rows(out), rows(EXAMPLE)
    assert [row["reward"] for row in new[:-1]] == [row["reward"] for row in old[:-1]]
    assert (old[-1]["reward"], new[-1]["status"]) == (None, "scored")
    assert "1 of 9" in capsys.readouterr().out


def test_other_tests_give_other_rewards_and_a_broken_one_counts_for_nobody(tmp_path):
    problems = write(
        tmp_path / "p.jsonl", {"task_id": "p/0", "question": "add", "entry_point": "f", "reference": "def f(a): return a + 1"}
    )
    tests = write(
        tmp_path / "t.jsonl", {"task_id": "p/0", "unit_tests": ["assert f(1) == 2", "assert f(0) == 7", "assert f(2) == 3"]}
    )
    programs = ["def f(a): return a + 1", "def f(a): return 2", "def f(a): return 7"]
    stored = write(tmp_path / "r.jsonl", *({"problem": "p/0", "program": text, "reward": 1.0} for text in programs))
    out = tmp_path / "new.jsonl"
    assert launch.main(["rescore", str(stored), "--problems", str(problems), "--tests", str(tests), *LOCAL, "--out", str(out)]) == 0
    assert [row["reward"] for row in rows(out)] == [1.0, 0.5, 0.0]
    assert {tuple(row["broken"]) for row in rows(out)} == {(1,)}


STDIN = {
    "task_id": "s/0",
    "question": "Read a number; print its square.",
    "cases": [{"input": "3\n", "output": "9\n"}, {"input": "-2\n", "output": "4\n"}],
}


@pytest.mark.parametrize(("more", "rewards"), [([], [1.0, 0.5, 1.0]), (["--tests", "t.jsonl"], [1.0, 1.0, 1.0])])
def test_programs_of_standard_input_are_judged_again_by_cases(tmp_path, monkeypatch, more, rewards):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "p.jsonl", STDIN)
    write(tmp_path / "t.jsonl", {"task_id": "s/0", "unit_tests": [json.dumps({"input": "1\n", "output": "1\n"})]})
    programs = [{"program": "print(int(input()) ** 2)"}, {"program": "n = int(input()); print(n * abs(n))"}]
    programs.append({"output": "```python\nprint(int(input()) ** 2)\n```"})
    write(tmp_path / "r.jsonl", *({"problem": "s/0", **program} for program in programs))
    assert launch.main(["rescore", "r.jsonl", "--problems", "p.jsonl", *more, *LOCAL, "--out", "new.jsonl"]) == 0
    assert [row["reward"] for row in rows(tmp_path / "new.jsonl")] == rewards


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "sandbox.cpu_s=2"], "needs --problems"),
        (["--problems", "nothing.jsonl", *LOCAL], "no such file"),
        (["--problems", "other.jsonl", *LOCAL], "'starter/even-total' is not among --problems"),
        (["--problems", "bare.jsonl", *LOCAL], "has no tests"),
    ],
)
def test_what_cannot_be_judged_is_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "other.jsonl", {"task_id": "x", "question": "q", "entry_point": "f"})
    write(tmp_path / "bare.jsonl", {"task_id": "starter/even-total", "question": "q", "entry_point": "even_total"})
    assert launch.main(["rescore", str(EXAMPLE), *arguments]) == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
