"""`coderm audit` on planted faults: nothing is missed, and honest suites are not accused."""

import json
import signal
from pathlib import Path

import pytest

import launch
from audit.planted import LEAKS, SUSPECTED, write_planted

pytestmark = pytest.mark.slow
LOCAL = ("--set", "sandbox.type=local")


def arguments(problems: Path, out: Path, *more: str):
    return ["audit", str(problems), "--out", str(out), "--mutants", "2", "--runs", "1", *LOCAL, *more]


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """The audit of the planted problems, by task, and its folder."""
    folder = tmp_path_factory.mktemp("planted")
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    code = launch.main(arguments(write_planted(folder / "p.jsonl"), folder / "out", "--fail-on", "leaks=0", "pass_nothing=9"))
    for number, handler in kept.items():
        signal.signal(number, handler)
    assert code == 1  # a threshold is exceeded
    found = json.loads((folder / "out" / "audit.json").read_text())
    return {row["task_id"]: row for row in found["per_problem"]}, found, folder / "out"


def test_every_planted_leak_is_found_and_no_honest_suite_is_accused(audited):
    rows, found, _ = audited
    assert {task for task, row in rows.items() if row["leaks"]} == set(LEAKS)
    for task, told in LEAKS.items():
        assert told in [leak["told"] for leak in rows[task]["leaks"]]
    assert found["counts"]["leaks"] == len(LEAKS)


def test_a_part_of_no_consequence_is_suspected_only(audited):
    rows, _, _ = audited
    assert {task for task, row in rows.items() if row["suspected"] and not row["leaks"]} == SUSPECTED


def test_a_leak_by_a_part_is_shown_on_an_input(audited):
    rows, _, _ = audited
    (witness,) = {leak["witness"] for leak in rows["leak/first_argument"]["leaks"] if leak["told"].startswith("ignores argument 1")}
    base, exponent = eval(witness)
    assert 0**exponent != base**exponent


def test_wrong_vacuous_and_equal_tests_are_named(audited):
    rows, found, _ = audited
    assert {task: row["wrong"] for task, row in rows.items() if row["wrong"]} == {"wrong/expectation": [1]}
    assert {task: row["everything"] for task, row in rows.items() if row["everything"]} == {
        "vacuous/tautology": [0],
        "leak/no_assertion": [0],
    }
    assert {task: row["equal"] for task, row in rows.items() if row["equal"]} == {"equal/copy": [[0, 2]]}
    assert {task: row["wrong_examples"] for task, row in rows.items() if row["wrong_examples"]} == {"wrong/example": [0]}
    assert (found["counts"]["wrong_tests"], found["counts"]["wrong_examples"]) == (1, 1)


def test_the_page_tells_the_same_and_loads_nothing(audited):
    rows, found, out = audited
    page = (out / "audit.html").read_text()
    assert all(f"<td>{task}</td>" in page for task in rows)
    assert "always writes &#39;3&#39;" in page
    assert found["exceeded"] == [f"leaks is {len(LEAKS)}, and 0 is the most allowed"]
    assert found["exceeded"][0] in page
    assert not [word for word in ('src="http', 'href="http', "<script") if word in page]


def test_the_smallest_suites_are_written_as_tests_and_proved(audited):
    rows, _, out = audited
    assert all(row["smallest"]["proved"] and row["smallest"]["exact"] for row in rows.values())
    lines = [json.loads(line) for line in (out / "smallest.jsonl").read_text().splitlines()]
    assert [(line["task_id"], len(line["unit_tests"])) for line in lines] == [
        (task, len(row["smallest"]["kept"])) for task, row in rows.items()
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--fail-on", "leeks=0"], "choose among wrong_tests"),
        (["--fail-on", "leaks"], "name=number"),
        (["--group", "0"], "count from 1"),
        (["--candidates", "nothing.jsonl"], "no such file"),
        (["--labels", "l.jsonl"], "--candidates, too"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(more, words, tmp_path, capsys):
    assert launch.main(arguments(write_planted(tmp_path / "p.jsonl"), tmp_path / "out", *more)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
