"""Input is examined before anything starts, and a run is known by the content it was given."""

import json

import pytest
from builders import a_config

from cluster.inputs import check_inputs
from coderm.errors import ConfigError, DataError
from coderm.scheduling.roles import UserFiles, writing_roles


@pytest.fixture
def write(tmp_path):
    def rows(name, *rows):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return rows


@pytest.fixture
def problems(write):
    return write("p.jsonl", *({"task_id": f"p/{n}", "question": f"q {n}", "entry_point": "f"} for n in range(2)))


@pytest.fixture
def recording(write):
    return write("r.jsonl", {"task_id": "p/0", "role": "policy", "completions": []})


@pytest.fixture
def settings(problems, recording):
    def config(**sections):
        engines = {"main": {"type": "scripted", "path": str(recording)}}
        return a_config(**({"problems": {"source": "jsonl", "path": str(problems)}, "engines": engines} | sections))

    return config


def identity(config, files=None):
    return check_inputs(config, files or UserFiles()).identity


def test_the_ids_come_in_the_order_of_the_file(settings):
    assert check_inputs(settings(), UserFiles()).task_ids == ("p/0", "p/1")


def test_settings_that_do_not_decide_results_are_not_part_of_the_identity(settings):
    assert identity(settings(cluster={"window": 3}, selection={"rule": "mbr"})) == identity(settings())
    assert identity(settings(sandbox={"engine_timeout_s": 9.0})) == identity(settings())
    assert identity(settings(sandbox={"recycle_blocks": 9, "recycle_growth_mb": 9})) == identity(settings())
    assert identity(settings(selection={"early_stop": True})) != identity(settings())
    assert identity(settings(budget={"per_problem": 3})) != identity(settings())
    assert identity(settings(sandbox={"block_pairs": 3})) != identity(settings())  # the row rule sees one block at a time


def test_changed_content_under_the_same_names_is_another_run(settings, problems, recording, write):
    candidates = write("c.jsonl", *({"task_id": f"p/{n}", "solutions": ["a"]} for n in range(2)))
    tests = write("t.jsonl", {"task_id": "p/0", "unit_tests": ["assert f()"]})
    files = UserFiles(candidates, tests)
    seen = [identity(settings(), files), identity(settings())]
    assert identity(settings(), files) == seen[0]
    for path in (candidates, tests, problems):
        path.write_text(path.read_text().replace('"a"', '"b"').replace("f()", "g()").replace("q 1", "q one"))
        seen.append(identity(settings(), files))
    recording.write_text(recording.read_text() + "\n")
    seen.append(identity(settings()))
    assert len({json.dumps(one) for one in seen}) == len(seen)


def test_the_names_of_supplied_files_do_not_matter(settings, write):
    rows = [{"task_id": f"p/{n}", "solutions": ["a"]} for n in range(2)]
    assert identity(settings(), UserFiles(write("a.jsonl", *rows))) == identity(settings(), UserFiles(write("b.jsonl", *rows)))


def test_no_problem_at_all_is_refused(settings, write):
    with pytest.raises(ConfigError, match=r"there is no problem to solve; check problems\.path"):
        check_inputs(settings(problems={"source": "jsonl", "path": str(write("none.jsonl"))}), UserFiles())


def test_a_role_that_has_to_write_needs_an_engine(write):
    config = a_config(engines={}, problems={"source": "starter", "limit": 1})
    with pytest.raises(ConfigError, match=r"policy.engine = 'main': there is no \[engines.main\].*examples/"):
        check_inputs(config, UserFiles())
    candidates = write("c.jsonl", {"task_id": "starter/even-total", "solutions": ["a"]})
    with pytest.raises(ConfigError, match=r"coderm.engine = 'main'"):
        check_inputs(config, UserFiles(candidates))
    tests = write("t.jsonl", {"task_id": "starter/even-total", "unit_tests": ["assert f()"]})
    assert check_inputs(config, UserFiles(candidates, tests)).task_ids == ("starter/even-total",)


@pytest.mark.parametrize("engine", ["policy", "coderm"])
def test_a_role_that_writes_nothing_needs_no_engine_although_others_are_there(write, recording, engine):
    engines = {"own": {"type": "scripted", "path": str(recording)}}
    config = a_config(engines=engines, problems={"source": "starter", "limit": 1}, **{engine: {"engine": "own"}})
    candidates = write("c.jsonl", {"task_id": "starter/even-total", "solutions": ["a"]})
    tests = write("t.jsonl", {"task_id": "starter/even-total", "unit_tests": ["assert f()"]})
    given = UserFiles(tests=tests) if engine == "policy" else UserFiles(candidates)
    other = "coderm" if engine == "policy" else "policy"
    assert writing_roles(config, given) == {engine: "own"}
    assert check_inputs(config, given).task_ids == ("starter/even-total",)
    with pytest.raises(
        ConfigError, match=rf"{other}.engine = 'main': there is no \[engines.main\] in the config; name one of those there: own"
    ):
        check_inputs(config, UserFiles())


def test_a_budget_of_no_tests_needs_no_engine_for_them(recording):
    engines = {"own": {"type": "scripted", "path": str(recording)}}
    config = a_config(
        engines=engines, problems={"source": "starter", "limit": 1}, policy={"engine": "own"}, budget={"per_problem": 0}
    )
    assert check_inputs(config, UserFiles()).task_ids == ("starter/even-total",)


def test_a_recording_that_is_not_there_is_told_before_anything_starts(settings, tmp_path):
    config = settings(engines={"main": {"type": "scripted", "path": str(tmp_path / "none.jsonl")}})
    with pytest.raises(DataError, match=r"none\.jsonl: cannot be read \(No such file"):
        check_inputs(config, UserFiles())


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        (["x = 1", "broken("], "no test holds a case; write unittest modules, functions `test_...` or assert lines"),
        (["assert f()", "def test_a(tmp_path):\n    assert f()\n"], "fixture 'tmp_path' \\(1\\); the first is test 1 of 'p/0'"),
    ],
)
def test_tests_that_no_sandbox_can_serve_are_refused_before_anything_starts(settings, write, tests, words):
    with pytest.raises(DataError, match=words):
        check_inputs(settings(), UserFiles(tests=write("t.jsonl", {"task_id": "p/0", "unit_tests": tests})))


def test_a_test_without_a_case_beside_one_with_a_case_is_taken(settings, write):
    check_inputs(settings(), UserFiles(tests=write("t.jsonl", {"task_id": "p/1", "unit_tests": ["x = 1", "assert f()"]})))


@pytest.mark.parametrize("selected", [{"limit": 1}, {"only": ["p/1"]}])
def test_limit_and_only_select_in_the_users_files_too(settings, problems, write, selected):
    whole = {"source": "jsonl", "path": str(problems)}
    candidates = write("c.jsonl", *({"task_id": f"p/{n}", "solutions": ["a"]} for n in range(2)))
    tests = write("t.jsonl", *({"task_id": f"p/{n}", "unit_tests": ["assert f()"]} for n in range(2)))
    assert len(check_inputs(settings(problems=whole | selected), UserFiles(candidates, tests)).task_ids) == 1
    strange = write(
        "s.jsonl", {"task_id": "p/0", "solutions": ["a"]}, {"task_id": "p/1", "solutions": ["a"]}, {"task_id": "x", "solutions": []}
    )
    with pytest.raises(DataError, match="task_id 'x' is not among the problems"):
        check_inputs(settings(problems=whole | selected), UserFiles(strange, tests))


def test_a_template_that_cannot_work_is_told_before_anything_starts(settings):
    with pytest.raises(ConfigError, match=r"coderm\.prompt\.template: unknown placeholder \{answer\}"):
        check_inputs(settings(coderm={"prompt": {"template": "{answer}"}}), UserFiles())


def test_candidates_that_do_not_fit_the_problems_are_refused(settings, write):
    with pytest.raises(DataError, match="no candidate for 'p/1'"):
        check_inputs(settings(), UserFiles(write("c.jsonl", {"task_id": "p/0", "solutions": ["a"]})))
