"""A job yields its problems with what the user supplies for each, and leaves out those that are finished."""

import json

import pytest
from builders import a_config

from coderm.scheduling.job import Job
from coderm.scheduling.roles import UserFiles


@pytest.fixture
def files(tmp_path):
    def write(name, rows):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    problems = write("p.jsonl", [{"task_id": f"p/{n}", "question": "q", "entry_point": "f"} for n in range(3)])
    programs = write("c.jsonl", [{"task_id": f"p/{n}", "solutions": [f"def f(): return {n}", "not python("]} for n in range(3)])
    tests = write("t.jsonl", [{"task_id": "p/1", "unit_tests": ["assert f() == 1"]}])
    return problems, programs, tests


def a_job(tmp_path, problems, candidates=None, tests=None):
    return Job("run", tmp_path, a_config(problems={"source": "jsonl", "path": str(problems)}), UserFiles(candidates, tests))


def test_without_files_the_models_write_everything(tmp_path, files):
    arrived = list(a_job(tmp_path, files[0]).arrivals())
    assert [(event.index, event.problem.task_id) for event in arrived] == [(0, "p/0"), (1, "p/1"), (2, "p/2")]
    assert {(event.programs, event.tests) for event in arrived} == {(None, None)}


def test_supplied_texts_come_verbatim_and_none_is_rejected(tmp_path, files):
    arrived = list(a_job(tmp_path, *files).arrivals())
    assert [sample.code for sample in arrived[1].programs] == ["def f(): return 1", "not python("]
    assert [[sample.raw for sample in event.tests] for event in arrived] == [[], ["assert f() == 1"], []]
    assert not any(sample.rejected for event in arrived for sample in event.programs + event.tests)


def test_finished_problems_keep_their_index_and_stay_out(tmp_path, files):
    assert [event.index for event in a_job(tmp_path, files[0]).arrivals(frozenset({0, 1}))] == [2]
