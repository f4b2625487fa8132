"""What the page of a run holds: the order of the picture, the runner-up, the figures, and texts that cannot break it."""

import base64
import gzip
import json
import re

import numpy as np
import pytest
from builders import REJECTED, UNLABELLED, a_config, a_result
from summaries import SUMMARY

from coderm.config.schema import SelectionConfig
from coderm.errors import StorageError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.execution import Outcome
from coderm.report.page import writer
from coderm.report.page.arrangement import arrange
from coderm.report.page.charts import charts
from coderm.report.page.figures import PageFigures
from coderm.report.page.problem import detail_of, fates_of, row_of
from coderm.report.page.rival import runner_up, side_by_side
from coderm.selection.base import Selection
from coderm.selection.factory import make_rule
from coderm.selection.pass_matrix import PassMatrix

RULE = make_rule(SelectionConfig(rule="max_pass"))


def matrix(*rows):
    cells = np.array([[Outcome.PASSED if letter == "+" else Outcome.FAILED for letter in row] for row in rows], np.int8)
    zeros = np.zeros(cells.shape)
    names = tuple(f"{number}" for number in range(max(cells.shape)))
    return PassMatrix(cells, zeros.astype(np.float32), zeros.astype(np.int8), names[: len(rows)], names[: cells.shape[1]])


def detail(text):
    return json.loads(gzip.decompress(base64.b64decode(text)))


def page_of(path):
    text = path.read_text("utf-8")
    (data,) = map(json.loads, re.findall(r'id="data">(.*?)</script>', text, re.DOTALL))
    return text, data, [detail(found) for found in re.findall(r'id="detail-\d+">(.*?)</script>', text)]


def written(tmp_path, *results, **sections):
    config = a_config(selection={"rule": "max_pass"}, **sections)
    with writer.page_writer(tmp_path, config) as page:
        for result in results:
            page.add(FinishedProblem(result), 0.4)
        return page.finish(SUMMARY)


@pytest.mark.parametrize(
    ("rows", "scores", "order", "groups", "columns"),
    [
        (["+-", "++", "+-", "++"], [1, 2, 1, 2], [1, 3, 0, 2], [0, 0, 1, 1], [0, 1]),
        (["-+", "-+", "++"], [1, 1, 2], [2, 0, 1], [0, 1, 1], [1, 0]),
        (["+-", "-+", "-+"], [1, 1, 1], [1, 2, 0], [0, 0, 1], [1, 0]),  # equal scores: the behaviour that more share comes first
        (["++", "--"], [np.nan, 0], [1, 0], [0, 1], [0, 1]),  # without verdict: last
    ],
)
def test_equal_behaviour_stands_together_and_the_best_comes_first(rows, scores, order, groups, columns):
    found = arrange(matrix(*rows), np.array(scores, float))
    assert (found.rows.tolist(), found.groups.tolist(), found.columns.tolist()) == (order, groups, columns)


def test_the_runner_up_is_the_best_that_behaves_differently():
    scores = np.array([3.0, 3.0, 1.0, 2.0, np.nan])
    rival = runner_up(matrix("+++", "+++", "+--", "++-", "---"), Selection(np.array([0, 1]), scores))
    assert (rival.row, rival.parting) == (3, (2,))
    assert runner_up(matrix("++", "++"), Selection(np.array([0]), np.array([2.0, 2.0]))) is None
    assert runner_up(matrix("++"), Selection(np.array([], int), np.array([np.nan]))) is None


def test_changed_lines_stand_beside_each_other_and_added_ones_alone():
    assert side_by_side("a\nb\nc\n", "a\nx\nc\nd\n") == [
        ("same", 1, "a", 1, "a"),
        ("changed", 2, "b", 2, "x"),
        ("same", 3, "c", 3, "c"),
        ("right", None, "", 4, "d"),
    ]
    assert side_by_side("a\nb", "a")[-1] == ("left", 2, "b", None, "")


def test_a_row_and_a_detail_say_what_the_run_found():
    problem = FinishedProblem(a_result(details={(0, 1): "AssertionError: 1 != 2"}))
    selection = problem.select(RULE)
    row = row_of(problem, selection, runner_up(problem.matrix, selection), 0.5)
    assert row | {"cpu_s": 0} == {
        "task_id": "p/0", "right": 0.5, "score": 0.0, "candidates": 4, "behaviours": 2, "tests": 3, "units": 3, "predicted": 0.5,
        "passed": 0.7778, "margin": 1.0, "cpu_s": 0, "tokens": 12, "lost": 0,
    }  # fmt: skip
    found = detail_of(problem, selection, runner_up(problem.matrix, selection), RULE)
    assert [(one["place"], one["program"], one["group"], one["correct"], one["kept"]) for one in found["rows"]] == [
        (1, 1, 0, False, True),
        (0, 0, 1, True, False),
        (2, 0, 1, True, False),
    ]
    assert [one["place"] for one in found["columns"]] == [0, 2, 1]
    assert found["cells"] == "bbb" + "bbc" * 2
    assert (found["chosen"], found["rival"], found["parting"]) == (1, 0, [1])
    assert found["details"] == {"0,1": "AssertionError: 1 != 2"}
    assert [place for place, _ in found["rejected"]] == [3]


def test_every_labelled_problem_has_one_fate():
    rows = [{"score": score, "right": right} for score, right in ((1, 0.5), (0.5, 0.5), (0, 0.25), (0, 0), (0, None), (None, None))]
    assert {fate["filter"]: fate["count"] for fate in fates_of(rows)} == {"right": 1, "tied": 1, "missed": 1, "hopeless": 2}


@pytest.mark.parametrize("changes", [REJECTED, UNLABELLED], ids=["no candidate", "no labels"])
def test_problems_without_candidates_or_labels_have_a_page(tmp_path, changes):
    _, data, details = page_of(written(tmp_path, a_result(**changes)))
    assert len(data["rows"]) == len(details) == 1
    assert data["rows"][0]["score"] in (None, 0.0)


def test_no_text_of_a_program_can_leave_its_place(tmp_path):
    hostile = "</script><script>document.title = 'taken'</script><!-- \ud800 &amp; {{ 7 * 7 }}"
    result = a_result(task_id=hostile.replace("\ud800", ""), programs=(hostile, "program b"))
    text, data, details = page_of(written(tmp_path, result))
    assert "document.title" not in re.sub(r'id="data">.*?</script>', "", text, flags=re.DOTALL)
    assert data["rows"][0]["task_id"] == hostile.replace("\ud800", "")
    assert details[0]["programs"][0] == hostile


def test_a_large_page_leaves_its_details_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "MOST_BYTES", 10)
    path = written(tmp_path, a_result(), a_result(1, "p/1"))
    _, data, details = page_of(path)
    assert (data["folder"], details) == ("report_files", [])
    shown = [(tmp_path / "report_files" / f"{number}.js").read_text() for number in range(2)]
    assert [detail(one.split('"')[1])["task_id"] for one in shown] == ["p/0", "p/1"]
    monkeypatch.undo()
    written(tmp_path, a_result())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["report.html"]


def test_a_failed_page_leaves_the_old_one_and_no_spool(tmp_path, monkeypatch):
    path = written(tmp_path, a_result())
    before = path.read_bytes()
    monkeypatch.setattr(writer, "charts", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(tmp_path, a_result())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_full_disk_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "_packed", lambda value: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StorageError, match=r"report\.html: cannot be written \(No space left on device\); free some disk space"):
        written(tmp_path, a_result())
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_has_the_same_page(tmp_path):
    first = written(tmp_path, a_result(), a_result(1, "p/1")).read_bytes()
    assert written(tmp_path, a_result(), a_result(1, "p/1")).read_bytes() == first


def test_accuracy_and_budget_are_drawn_from_what_was_seen():
    figures = PageFigures(seed=1)
    right_wins = a_result(outcomes=np.array([[1, 1], [2, 2]], np.int8), checks=np.array([[1, 1], [1, 4]], np.int8))
    figures.add(FinishedProblem(right_wins), RULE)
    figures.add(FinishedProblem(a_result(1, **UNLABELLED)), RULE)
    assert figures.curve() == [(1, 1.0, 0.0), (2, 1.0, 0.0), (3, 1.0, 0.0)]
    assert figures.true[2].tolist() == [1, 3]
    assert figures.rates[0, 0] == 3  # three tests that pass the right and fail the wrong program
    spent = {"by_predicted_pass_rate": {"0 to 0.1": {"problems": 2, "tests": 7, "spent": 7.0}}}
    drawn = {chart.name: chart for chart in charts(SUMMARY | {"budget": spent}, figures)}
    assert drawn["budget"].text == "predicted 0 to 0.1: 3.5 tests; true 0.3 to 0.7: 3.0 tests"
    assert set(drawn) == {"accuracy", "budget", "quality", "outcomes", "seconds", "tokens"}
    assert drawn["accuracy"].text == "1 tests: 100.0 %; 2 tests: 100.0 %; 3 tests: 100.0 %"
    assert set({chart.name for chart in charts(SUMMARY, PageFigures(0))}) == {"outcomes", "seconds", "tokens"}
