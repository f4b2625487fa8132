"""The files of a finished run: fields, places and values a reader may rely on."""

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from builders import REJECTED, UNLABELLED, a_config, a_problem, a_result, samples

from coderm.errors import StorageError
from coderm.messages.observations import RoundAllotment
from coderm.problems.supplied import open_programs, open_tests
from coderm.report import run_files as outputs
from coderm.report.run_files import write_files
from coderm.storage.journal import Journal


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        opened.finish(a_result(0, "p/0"))
        opened.finish(a_result(1, "p/1", **REJECTED))
        opened.finish(a_result(2, **UNLABELLED))
        opened.allot(0, [RoundAllotment(1, 0.25, [0.25, 0.1875]), RoundAllotment(1, float("nan"), [1.0, 1.0])])
        opened.allot(1, [RoundAllotment(3, 0.25, [0.2, 0.1], 1.5), RoundAllotment(3, float("nan"), [1.0, 1.0])])
        yield opened


def written_files(directory, config, journal):
    return list(write_files(directory, config, journal))


@pytest.fixture
def written(tmp_path, journal):
    written_files(tmp_path, a_config(), journal)
    return tmp_path


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_candidates_keep_their_places_their_labels_and_their_reasons(written):
    first, second, third = rows(written / "candidates.jsonl")
    assert first == {
        "task_id": "p/0",
        "solutions": [
            {"solution": "program a", "correct": True},
            {"solution": "program b", "correct": False},
            {"solution": "program a", "correct": True},
            {"solution": "", "rejected": "no_code", "correct": False},
        ],
    }
    assert second["solutions"] == [{"solution": "", "rejected": "no_code", "correct": False}]
    assert all("correct" not in solution for solution in third["solutions"])


def test_candidates_and_tests_can_be_scored_again(written):
    programs, tests = open_programs(written / "candidates.jsonl"), open_tests(written / "tests.jsonl")
    programs.check(["p/0", "p/1", "p/2"])
    assert programs.of(a_problem("p/0")) == ["program a", "program b", "program a", ""]
    assert tests.of(a_problem("p/0")) == ["test 0", "test 1", "test 0"]


def test_every_problem_has_a_sample_that_evalplus_accepts(written):
    selected = rows(written / "selected.jsonl")
    assert [row["task_id"] for row in selected] == ["p/0", "p/1", "p/2"]
    assert all(isinstance(row["solution"], str) for row in selected)
    assert all({"task_id", "candidate", "solution", "score"} <= row.keys() for row in selected)
    assert (selected[0]["candidate"], selected[0]["solution"], selected[0]["kept"]) == (1, "program b", [1])
    assert selected[0]["score"] == pytest.approx(3.25)  # three tests passed, one of three candidates votes like it
    assert (selected[1]["candidate"], selected[1]["solution"], selected[1]["score"]) == (None, "", None)


def test_the_configured_rule_chooses(tmp_path, journal):
    written_files(tmp_path, a_config(selection={"rule": "mbr"}), journal)
    assert rows(tmp_path / "selected.jsonl")[0]["candidate"] == 0  # two of three agree


def test_labels_are_those_of_labelled_problems(written):
    assert rows(written / "labels.jsonl") == [
        {"task_id": "p/0", "correct": [1, 0, 1, 0], "verdicts": ["passed", "timeout", "passed", "no_code"]},
        {"task_id": "p/1", "correct": [0], "verdicts": ["no_code"]},
    ]


def test_the_allocation_says_what_was_allotted_asked_for_and_met(written):
    first, second, _ = rows(written / "allocation.jsonl")
    figures = {"units": 3, "rounds": [1, 2], "asked": 5, "tests": 3, "unit": "tests", "spent": 3}
    decided = {"predicted": 0.25, "curves": [[0.25, 0.1875], [0.2, 0.1]], "expected_costs": [1.0, 1.5]}
    assert first == {"task_id": "p/0", "model": "equal"} | figures | decided
    assert (second["predicted"], second["curves"]) == (None, [[1.0, 1.0], [1.0, 1.0]])


def test_generations_are_what_the_scripted_backend_replays(written):
    found = rows(written / "generations.jsonl")
    assert [(row["task_id"], row["role"], len(row["completions"])) for row in found] == [
        ("p/0", "policy", 4),
        ("p/0", "coderm", 1),
        ("p/1", "policy", 1),
    ]
    assert found[0]["completions"][0] == {"text": "program a", "tokens": 3, "finish": "stop"}


def test_a_log_probability_is_replayed_where_it_was_kept(tmp_path):
    said = replace(samples("program a")[0], mean_logprob=-0.5)
    with Journal(tmp_path / "journal.sqlite") as opened:
        opened.finish(a_result(generations={"policy": (said,)}))
        written_files(tmp_path, a_config(), opened)
    assert rows(tmp_path / "generations.jsonl")[0]["completions"][0]["mean_logprob"] == -0.5


def test_the_matrix_has_a_row_per_pair_at_positions_of_the_input(written):
    table = pq.read_table(written / "matrix.parquet")
    assert table.column_names == ["task_id", "candidate", "test", "outcome", "cpu_s", "grading"]
    assert {str(field.type) for field in table.schema if field.name in ("candidate", "test")} == {"int32"}
    found = [row for row in table.to_pylist() if row["task_id"] == "p/0"]
    assert [(row["candidate"], row["test"]) for row in found] == [(c, t) for c in (0, 1, 2) for t in (0, 1, 2)]
    by_place = {(row["candidate"], row["test"]): row for row in found}
    assert by_place[0, 1] == {
        "task_id": "p/0",
        "candidate": 0,
        "test": 1,
        "outcome": "failed",
        "cpu_s": 0.25,
        "grading": "isolated",
    }
    assert by_place[2, 1] == by_place[0, 1] | {"candidate": 2}
    assert by_place[1, 2] == by_place[1, 0] | {"test": 2}
    assert {row["task_id"] for row in table.to_pylist()} == {"p/0", "p/2"}


def test_a_large_run_is_written_in_groups_that_read_as_one(tmp_path, journal, monkeypatch):
    written_files(tmp_path, a_config(), journal)
    whole = pq.read_table(tmp_path / "matrix.parquet").to_pylist()
    monkeypatch.setattr(outputs, "ROW_GROUP", 1)
    written_files(tmp_path, a_config(), journal)
    assert pq.ParquetFile(tmp_path / "matrix.parquet").num_row_groups > 1
    assert pq.read_table(tmp_path / "matrix.parquet").to_pylist() == whole


def test_positions_of_usable_candidates_skip_the_rejected(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        changes = {"candidates": samples("bad", "program a", "program b"), "program_of": np.array([-1, 0, 1], np.int32)}
        journal.finish(a_result(**changes))
        written_files(tmp_path, a_config(), journal)
    assert {row["candidate"] for row in pq.read_table(tmp_path / "matrix.parquet").to_pylist()} == {1, 2}
    (selected,) = rows(tmp_path / "selected.jsonl")
    assert (selected["candidate"], selected["solution"]) == (2, "program b")


def test_a_run_without_any_pair_has_an_empty_matrix(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.finish(a_result(**REJECTED))
        written_files(tmp_path, a_config(), journal)
    assert pq.read_table(tmp_path / "matrix.parquet").num_rows == 0


def test_writing_again_gives_the_same_files_and_leaves_nothing_else(tmp_path, journal):
    written_files(tmp_path, a_config(), journal)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if "journal" not in path.name}
    written_files(tmp_path, a_config(), journal)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if "journal" not in path.name} == before
    names = ["allocation.jsonl", "candidates.jsonl", "details.jsonl", "generations.jsonl", "labels.jsonl", "matrix.parquet"]
    assert sorted(before) == [*names, "selected.jsonl", "tests.jsonl"]


def test_a_file_that_cannot_be_written_is_named_and_the_old_one_stays(tmp_path, journal):
    (tmp_path / "matrix.parquet").mkdir()
    with pytest.raises(StorageError, match=r"matrix\.parquet: cannot be written"):
        written_files(tmp_path, a_config(), journal)
    assert not list(tmp_path.glob(".*"))


def test_details_are_written_unless_they_are_unwanted_and_fanned_out_to_every_double(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        opened.finish(a_result(0, "p/0", details={(0, 1): "f(2): expected 4, got 5"}))
        written_files(tmp_path, a_config(sandbox={"details": False}), opened)
        assert not (tmp_path / "details.jsonl").exists()
        written_files(tmp_path, a_config(), opened)
    found = [(row["candidate"], row["test"]) for row in rows(tmp_path / "details.jsonl")]
    assert found == [(0, 1), (2, 1)]


class Walked(Journal):
    """A journal that counts how often its results are gone through."""

    walks = 0

    def results(self):
        self.walks += 1
        yield from super().results()


def test_a_result_is_decoded_once_for_all_files(tmp_path):
    with Walked(tmp_path / "journal.sqlite") as journal:
        journal.finish(a_result(0, "p/0"))
        journal.finish(a_result(1, "p/1"))
        problems = written_files(tmp_path, a_config(), journal)
    assert journal.walks == 1
    assert [problem.result.problem.task_id for problem in problems] == ["p/0", "p/1"]


def test_no_file_is_replaced_when_one_cannot_be_written(tmp_path, journal):
    written_files(tmp_path, a_config(), journal)
    (tmp_path / "matrix.parquet").unlink()
    (tmp_path / "matrix.parquet").mkdir()
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.jsonl")}
    journal.finish(a_result(3, "p/3"))
    with pytest.raises(StorageError):
        written_files(tmp_path, a_config(), journal)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.jsonl")} == before
