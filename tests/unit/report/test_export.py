"""A run in other people's formats is what their readers, and ours, read."""

import json

import pytest
from builders import REJECTED, UNLABELLED, a_config, a_problem, a_result, samples

from cluster.inputs import check_inputs
from coderm.errors import DataError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.problems.supplied import open_programs, open_tests
from coderm.report.exporting.export import export
from coderm.report.summary import write_outputs
from coderm.scheduling.roles import UserFiles
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

STUB = "from typing import List\n\ndef f(values: List[int]) -> int:\n"
PROGRAM = "def f(values: List[int]) -> int:\n    return 1\n"


@pytest.fixture
def run(tmp_path):
    directory = tmp_path / "run"
    directory.mkdir()
    config = a_config(selection={"rule": "max_pass"})
    files = RunDirectory(directory)
    files.config.write_text(json.dumps(config.model_dump(mode="json") | {"identity": {}}))
    with Journal(files.journal) as journal:
        for result in (a_result(), a_result(1, "p/1", **REJECTED), a_result(2, **UNLABELLED)):
            journal.finish(result)
    write_outputs(files, config, 3)
    return directory


def rows(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_evalplus_gets_a_line_a_program_under_its_fields(run, tmp_path):
    out = tmp_path / "samples.jsonl"
    assert export(run, "evalplus", out) == f"{out}: 3 objects"
    assert rows(out) == [
        {"task_id": "p/0", "solution": "program b"},
        {"task_id": "p/1", "solution": ""},
        {"task_id": "p/2", "solution": "program b"},
    ]
    export(run, "evalplus", out, every=True)
    assert [row["solution"] for row in rows(out)[:4]] == ["program a", "program b", "program a", ""]


@pytest.mark.parametrize("name", ["evalplus", "livecodebench", "coderm-solutions"])
def test_coderm_score_reads_the_programs(run, tmp_path, name):
    out = tmp_path / "samples"
    export(run, name, out, every=True)
    assert open_programs(out).of(a_problem()) == ["program a", "program b", "program a", ""]


def test_coderm_score_reads_the_tests(run, tmp_path):
    export(run, "coderm-tests", tmp_path / "tests.jsonl")
    assert [row["unit_tests"] for row in rows(tmp_path / "tests.jsonl")] == [
        ["test 0", "test 1", "test 0"],
        [],
        ["test 0", "test 1", "test 0"],
    ]


CASE = """
import unittest


class T(unittest.TestCase):
    def test_f(self):
        self.assertEqual(f({}), 1)
"""


@pytest.fixture
def real_run(tmp_path):
    """A run of one problem, its file, and what was written for it: texts that `coderm score` takes."""
    files = RunDirectory(tmp_path / "real")
    files.root.mkdir()
    (tmp_path / "p.jsonl").write_text(json.dumps({"task_id": "p/0", "question": "One.", "entry_point": "f"}) + "\n")
    config = a_config(problems={"source": "jsonl", "path": str(tmp_path / "p.jsonl")}, selection={"rule": "max_pass"})
    files.config.write_text(json.dumps(config.model_dump(mode="json") | {"identity": {}}))
    programs = tuple(f"def f(x):\n    return {number}\n" for number in range(2))
    texts = (*programs, programs[0], "bad program")
    cases = tuple(CASE.format(number) for number in range(2))
    written = [samples(*texts), samples(*cases, cases[0])]
    with Journal(files.journal) as journal:
        journal.finish(a_result(candidates=written[0], programs=programs, tests=written[1], unit_tests=cases))
    write_outputs(files, config, 1)
    return config, files.root, [*texts[:3], ""], [*cases, cases[0]]


@pytest.mark.parametrize("name", ["evalplus", "livecodebench", "coderm-solutions"])
def test_coderm_score_takes_an_exported_run_and_finds_the_same_programs_and_tests(real_run, tmp_path, name):
    config, directory, programs, tests = real_run
    written, suite = tmp_path / "programs", tmp_path / "tests"
    export(directory, name, written, every=True)
    export(directory, "coderm-tests", suite)
    assert check_inputs(config, UserFiles(written, suite)).task_ids == ("p/0",)
    assert open_programs(written).of(a_problem()) == programs
    assert [text.strip() for text in open_tests(suite).of(a_problem())] == [text.strip() for text in tests]


def test_livecodebench_gets_one_json_list(run, tmp_path):
    out = tmp_path / "outputs.json"
    export(run, "livecodebench", out, every=True)
    found = json.loads(out.read_text("utf-8"))
    assert found[0] == {"question_id": "p/0", "code_list": ["program a", "program b", "program a", ""]}
    assert [row["question_id"] for row in found] == ["p/0", "p/1", "p/2"]


def test_a_program_stands_alone_without_its_prompt(tmp_path):
    from coderm.report.exporting.samples import evalplus

    problem = a_problem()
    granted = FinishedProblem(a_result(problem=problem, candidates=(a_result().candidates[0],)))
    object.__setattr__(granted.result.candidates[0], "code", PROGRAM)
    object.__setattr__(granted.result.problem, "prompt", STUB)
    object.__setattr__(granted.result.problem, "entry_point", "f")
    assert next(evalplus(granted, 0, every=False))["solution"].startswith("from typing import List\n")


def test_datasets_reads_the_folder(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import pyarrow.parquet as pq

    out = tmp_path / "data"
    assert export(run, "datasets", out) == f"{out}: 3 problems, 9 programs, 6 tests, 18 pairs"
    programs = pq.read_table(out / "programs.parquet").to_pylist()
    assert programs[1] == {"task_id": "p/0", "position": 1, "program": "program b", "correct": False, "chosen": True}
    assert programs[-1]["correct"] is None
    pairs = pq.read_table(out / "pairs.parquet").to_pylist()
    assert pairs[1] == {"task_id": "p/0", "candidate": 0, "test": 1, "outcome": "failed", "cpu_s": 0.25, "grading": "isolated"}
    card = (out / "README.md").read_text("utf-8")
    assert card.startswith("---\nconfigs:\n- config_name: programs\n  data_files: programs.parquet\n")
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "pairs.parquet", "programs.parquet", "tests.parquet"]


def test_an_unknown_format_and_an_unfinished_run_are_told(run, tmp_path):
    with pytest.raises(DataError, match="no format 'csv'; there are evalplus, livecodebench"):
        export(run, "csv", tmp_path / "x")
    RunDirectory(run).summary.unlink()
    with pytest.raises(DataError, match="the run has not finished"):
        export(run, "evalplus", tmp_path / "x")
    assert not (tmp_path / "x").exists()
