"""Runs side by side: paired over the same problems by the same checks; and one problem in the terminal."""

import io
import json

import numpy as np
import pytest
from builders import UNLABELLED, a_config, a_problem, a_result
from rich.console import Console

from coderm.errors import DataError
from coderm.report.compare import compare, load_run
from coderm.report.compare_table import print_comparison
from coderm.report.page.comparison import write_comparison
from coderm.report.show import print_problem
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

FIRST_WINS = np.array([[1, 1], [1, 2]], np.int8)


def a_run(directory, *results, **sections):
    directory.mkdir()
    config = a_config(selection={"rule": "max_pass"}, **sections)
    RunDirectory(directory).config.write_text(json.dumps(config.model_dump(mode="json") | {"identity": {"a": 1}}))
    with Journal(RunDirectory(directory).journal) as journal:
        for result in results:
            journal.finish(result)
    return directory


def printed(print_it, *arguments, width=200):
    file = io.StringIO()
    print_it(*arguments, Console(file=file, width=width))
    return file.getvalue()


@pytest.fixture
def runs(tmp_path):
    """In the first run the wrong program wins p/0 and p/1; in the second the right one wins p/1."""
    first = a_run(tmp_path / "first", a_result(), a_result(1, "p/1"), a_result(2, **UNLABELLED))
    second = a_run(
        tmp_path / "second",
        a_result(),
        a_result(1, "p/1", outcomes=FIRST_WINS),
        a_result(2, "p/3"),
        seed=5,
        budget={"per_problem": 3},
    )
    return [load_run(first), load_run(second)]


def test_only_problems_of_all_runs_are_compared_and_in_pairs(runs):
    found = compare(runs)
    assert found.problems == ("p/0", "p/1")
    assert (found.left_out, found.changed) == (("p/3",), ("p/1",))
    assert [levels["best-of-N"].mean for levels in found.levels] == [0.0, 0.5]
    assert {name: value.mean for name, value in found.differences[0].items()} == {"pass@1": 0.0, "best-of-N": 0.5, "pass@N": 0.0}
    assert (found.differences[0]["best-of-N"].low, found.differences[0]["best-of-N"].high) == (0.0, 1.0)
    assert found.settings["seed"] == [a_config().seed, 5]
    assert found.settings["budget.per_problem"][1] == 3
    assert not any(name.startswith("cluster") for name in found.settings)
    assert runs[0].unlabelled == 1


def test_a_problem_with_other_checks_is_another_problem(tmp_path):
    first = a_run(tmp_path / "first", a_result(), a_result(1, "p/1"))
    second = a_run(tmp_path / "second", a_result(problem=a_problem("p/0", ("check 0", "check 2"))), a_result(1, "p/1"))
    found = compare([load_run(first), load_run(second)])
    assert (found.problems, found.left_out) == (("p/1",), ("p/0",))
    third = a_run(tmp_path / "third", a_result(problem=a_problem("p/0", ("check 3", "check 2"))))
    with pytest.raises(DataError, match="no problem has labels and the same checks in every run"):
        compare([load_run(first), load_run(third)])


def test_what_is_no_run_directory_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing/config\.json: not readable \(FileNotFoundError\); give a run directory"):
        load_run(tmp_path / "nothing")


def test_the_tables_and_the_json_say_the_same(runs, tmp_path):
    found = compare(runs)
    text = printed(print_comparison, found)
    assert "2 problems in all runs" in text
    assert "+50.00 [+0.00, +100.00]" in text
    assert "left out: 1 problems" in text
    figures = json.loads(json.dumps(found.as_json()))
    assert figures["differences"][0]["best-of-N"]["mean"] == 0.5
    assert [scored["figures"] for scored in figures["problems"]["p/1"]] == [[0.5, 0.0, 1.0], [0.5, 1.0, 1.0]]
    write_comparison(found, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "+50.00 [+0.00, +100.00]" in page
    assert "budget.per_problem" in page


def test_a_problem_is_shown_by_behaviour_with_its_runner_up(tmp_path):
    wins = a_result(programs=("left = 1", "left = 2\x1b[2J"), outcomes=np.array([[1, 4], [1, 1]], np.int8))
    directory = a_run(tmp_path / "run", wins)
    lines = printed(print_problem, directory, "p/0", width=60).splitlines()
    assert "* 1 W +++  3" in [line.rstrip() for line in lines]
    assert [line for line in lines if line.startswith(("  0 R", "  2 R"))] == ["  0 R ++t  2", "  2 R ++t  2"]
    assert "+ passed   t timeout" in "\n".join(lines)
    assert "chosen 1 | runner-up 0; 1 tests part them" in lines
    assert "test 1, passed by candidate 1 only of the two:" in lines
    assert "\x1b[2J" not in "\n".join(lines)


def test_a_problem_that_is_not_there_is_named_with_its_neighbours(tmp_path):
    with pytest.raises(DataError, match=r"no problem 'p/9' among the 1 finished ones; nearest: p/0"):
        print_problem(a_run(tmp_path / "run", a_result()), "p/9", Console(file=io.StringIO()))
