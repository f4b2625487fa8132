"""Training data come from journals and JSON Lines alike, and what is wrong with them is told with its place."""

import json

import numpy as np
import pytest
from builders import a_result
from features import program

from coderm.errors import ConfigError, DataError
from coderm.probe.training.labelled_data import labels_of, read_labelled
from coderm.storage.journal import Journal

ROW = {"task_id": "p/0", "prompt": "def f(x):\n", "candidates": [program(1), ""], "correct": [1, 0]}


@pytest.fixture
def file(tmp_path):
    def write(*rows):
        path = tmp_path / "data.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


def test_a_row_gives_candidates_labels_and_examples(file):
    given = {"solution": program(2), "finish": "length", "mean_logprob": -0.5}
    row = ROW | {"candidates": [program(1), "", given], "correct": [1, 0, False], "examples": [[1, 0], [0, 0], [1, 1]]}
    (found,) = read_labelled([], [file(row)])
    assert found.correct.tolist() == [True, False, False]
    assert found.observed.usable == (0, 2)
    assert found.observed.candidates[2].finish == "length"
    assert found.observed.candidates[2].mean_logprob == -0.5
    assert found.observed.examples.tolist() == [[True, False], [False, False], [True, True]]
    assert found.observed.problem.prompt == ROW["prompt"]
    labels = labels_of([found])
    assert (labels.rates[0], labels.weights[0]) == (pytest.approx(1 / 3), 3)


def test_a_run_directory_gives_what_its_journal_holds(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.finish(a_result(examples=np.array([[1], [2]], np.int8)))
        journal.finish(a_result(1, "p/1", checks=np.zeros((2, 2), np.int8)))  # its verdicts were lost: no labels
    (found,) = read_labelled([tmp_path], [])
    assert found.observed.problem.task_id == "p/0"
    assert found.observed.usable == (0, 1, 2)
    assert found.observed.examples.tolist() == [[True], [False], [True], [False]]
    assert found.correct.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"correct": [1]}, ":1: 1 labels for 2 candidates"),
        ({"correct": [1, 2]}, ":1: field 'correct' must hold 0 or 1 only"),
        ({"correct": ["yes", "no"]}, "must hold 0 or 1 only"),
        ({"candidates": [], "correct": []}, "at least one"),
        ({"candidates": [1, 2]}, "a candidate must be text or an object"),
        ({"candidates": [{"code": ""}, ""]}, "field 'solution' is missing"),
        ({"examples": [[1], [1, 0]]}, "rows of equal length"),
        ({"examples": [[1]]}, "for 2 candidates"),
        ({"prompt": ""}, "neither 'question' nor 'prompt'"),
    ],
)
def test_a_row_that_cannot_be_used_is_told(file, changes, said):
    with pytest.raises(DataError, match=said):
        read_labelled([], [file(ROW | changes)])


def test_a_directory_without_a_run_and_files_without_labels_are_told(tmp_path, file):
    with pytest.raises(DataError, match="no run directory; give the --out"):
        read_labelled([tmp_path], [])
    with pytest.raises(DataError, match="no problem with labels"):
        read_labelled([], [file()])


def test_naming_no_data_at_all_says_what_to_type():
    from cluster.commands.probe import DataSources

    with pytest.raises(ConfigError, match="give --from RUN_DIR or --jsonl FILE"):
        DataSources((), ()).read()
