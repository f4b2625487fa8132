"""`coderm eval-tests` from files to the page: a good and a bad writer on the same programs."""

import json
import signal

import pytest

import launch

LOCAL = ("--set", "sandbox.type=local")
PROBLEM = {
    "task_id": "p/0",
    "question": "Add a and b.",
    "entry_point": "add",
    "reference": "def add(a, b):\n    return a + b\n",
    "checks": ["assert add(1, 2) == 3\nassert add(2, 0) == 2"],
}
RIGHT, WRONG = "def add(a, b): return a + b", "def add(a, b): return a"
GOOD = "```python\nimport unittest\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(add(1, 4), 5)\n```"
BAD = GOOD.replace("5", "6")


@pytest.fixture(autouse=True)
def signals():
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def files(tmp_path):
    problems = write(tmp_path / "p.jsonl", PROBLEM)
    candidates = write(tmp_path / "c.jsonl", {"task_id": "p/0", "solutions": [RIGHT, WRONG, WRONG]})
    return tmp_path, problems, candidates


@pytest.mark.slow
def test_writers_side_by_side(files, capsys):
    folder, problems, candidates = files
    answers = [{"text": text, "tokens": 10} for text in (GOOD, GOOD, "no code")]
    good = write(folder / "good.jsonl", {"task_id": "p/0", "role": "coderm", "completions": answers})
    bad = write(folder / "bad.jsonl", {"task_id": "p/0", "unit_tests": [BAD.strip("`").removeprefix("python\n")]})
    out = folder / "out"
    command = ["eval-tests", f"bad={bad}", f"good={good}", "--problems", problems, "--candidates", candidates, "--out", str(out)]
    assert launch.main([*command, "--mutants", "2", *LOCAL]) == 0
    found = json.loads((out / "eval_tests.json").read_text())
    good_ones, bad_ones = found["writers"]["good"], found["writers"]["bad"]
    assert [good_ones[name]["mean"] for name in ("usable", "valid", "best_of_n", "tokens_per_useful_test")] == [
        pytest.approx(1 / 3, abs=1e-6),
        1,
        1,
        30,
    ]
    assert found["rejected"]["good"] == {"duplicate": 1, "no_code": 1}
    assert [bad_ones[name]["mean"] for name in ("valid", "mutants_killed", "best_of_n_gain")] == [0, 0, 0]
    assert found["differences"]["good"]["valid"]["mean"] == 1
    page = (out / "eval_tests.html").read_text()
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/png;base64,") == 3
    assert "good - bad" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("writers", "words"),
    [
        (["a=x.jsonl", "a=y.jsonl"], "two writers are called 'a'"),
        (["nothing.jsonl"], "no such file"),
        (["other.jsonl"], "none of the problems"),
        (["policy.jsonl"], "no answer of the role 'coderm'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(files, writers, words, capsys, monkeypatch):
    folder, problems, candidates = files
    write(folder / "other.jsonl", {"task_id": "q/1", "unit_tests": ["assert add(1, 1) == 2"]})
    write(folder / "policy.jsonl", {"task_id": "p/0", "role": "policy", "completions": ["x"]})
    monkeypatch.chdir(folder)
    assert launch.main(["eval-tests", *writers, "--problems", problems, "--candidates", candidates]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert not (folder / "eval-tests").exists()
