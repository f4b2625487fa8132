"""The user's own candidates and tests: forms that are read, and mistakes told as file:line."""

import json

import pytest

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.supplied import open_programs, open_tests

PROBLEM = Problem("p/0", "q", "f", prompt="def f():\n")


@pytest.fixture
def file(tmp_path):
    def write(*rows, name="rows.jsonl"):
        path = tmp_path / name
        path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


def test_the_released_form_is_read_with_plain_texts(file):
    programs = open_programs(file({"task_id": "p/1", "solutions": ["x"]}, {"task_id": "p/0", "solutions": ["a", "b", "a"]}))
    assert programs.of(PROBLEM) == ["a", "b", "a"]


def test_the_released_form_is_read_with_labelled_solutions(file):
    rows = file({"task_id": "p/0", "solutions": [{"solution": "a", "plus_status": "pass"}, {"solution": "b", "correct": True}]})
    assert open_programs(rows).of(PROBLEM) == ["a", "b"]


def test_evalplus_samples_of_one_task_are_joined_in_file_order(file):
    rows = file(
        {"task_id": "p/0", "solution": "a"}, {"task_id": "p/1", "solution": "x"}, {"task_id": "p/0", "completion": "    return 1"}
    )
    assert open_programs(rows).of(PROBLEM) == ["a", "def f():\n    return 1"]


def test_tests_are_read_in_order_and_may_be_missing(file):
    tests = open_tests(file({"task_id": "p/0", "unit_tests": ["t", "u", "t"]}))
    assert tests.of(PROBLEM) == ["t", "u", "t"]
    assert tests.of(Problem("p/9", "q")) == []


def test_what_the_first_reading_takes_the_second_takes_too(file):
    rows = file('\ufeff{"task_id": "p/0", "solutions": ["a"]}', "", '{"task_id": "p/1", "x": NaN, "solutions": ["\\ud800"]}')
    programs = open_programs(rows)
    assert programs.of(PROBLEM) == ["a"]
    assert programs.of(Problem("p/1", "q")) == ["\ud800"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"solutions": ["a"]}, "field 'task_id' is missing; every row names its task"),
        ({"id": "p/0", "solutions": ["a"]}, "field 'task_id' is missing; there is 'id': rename it"),
        ({"task_id": 3.0, "solutions": ["a"]}, "field 'task_id' must be str, not float"),
        ({"task_id": True, "solutions": ["a"]}, "field 'task_id' must be str, not bool"),
        ({"task_id": "p/1"}, "field 'solutions' is missing; a row needs one of 'solution', 'completion', 'solutions', 'code_list'"),
        ({"task_id": "p/1", "solutions": "a"}, "field 'solutions' must be list, not str"),
        ({"task_id": "p/1", "solutions": ["a", 3]}, r"solutions\[1\]: field 'solution' must be str, not int"),
        ({"task_id": "p/1", "solutions": [{"code": "a"}]}, r"solutions\[0\]: field 'solution' is missing"),
        ({"task_id": "p/1", "solution": None}, "field 'solution' must be str, not NoneType"),
        ({"task_id": "p/1", "completion": 1.5}, "field 'completion' must be str, not float"),
        ("[1]", "a JSON list, not an object"),
        ("{", "not valid JSON"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_file_and_line(file, row, complaint):
    path = file({"task_id": "p/0", "solutions": ["a"]}, row)
    with pytest.raises(DataError, match=f"^{path}:2: {complaint}"):
        open_programs(path)


@pytest.mark.parametrize("name", ["task_id", "question_id"])
@pytest.mark.parametrize("asked", ["3", "Mbpp/3", "CodeRM/3"])
def test_a_whole_number_is_an_id_like_its_digits(file, name, asked):
    programs = open_programs(file({name: 3, "solutions": ["a"]}))
    programs.check([asked])
    assert programs.of(Problem(asked, "q")) == ["a"]


def test_livecodebench_outputs_are_read_as_its_runner_saves_them(file):
    path = file(
        json.dumps(
            [{"question_id": "p/1", "code_list": ["x"], "output_list": ["raw"]}, {"question_id": "p/0", "code_list": ["a", "b"]}]
        )
    )
    programs = open_programs(path)
    assert programs.of(PROBLEM) == ["a", "b"]
    assert programs.of(Problem("p/1", "q")) == ["x"]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_list_is_read_like_lines(file, indent):
    rows = [{"task_id": "p/0", "solution": "a"}, {"task_id": "p/0", "completion": "    return 1"}]
    assert open_programs(file(json.dumps(rows, indent=indent))).of(PROBLEM) == ["a", "def f():\n    return 1"]
    with pytest.raises(DataError, match=r"rows\.jsonl:2: a JSON int, not an object"):
        open_programs(file(json.dumps([rows[0], 3], indent=indent)))


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ({"tests": ["t", "u"]}, ["t", "u"]),
        ({"tests": "t"}, ["t"]),
        ({"test": "t"}, ["t"]),
        ({"test_list": ["assert f() == 1"]}, ["assert f() == 1"]),
        ({"unit_tests": [{"code": "t", "FAR": 0.1}]}, ["t"]),
        ({"unit_tests": json.dumps([{"code": "t"}, {"code": "u"}])}, ["t", "u"]),
    ],
)
def test_tests_of_other_tools_are_read_where_the_meaning_is_certain(file, row, texts):
    assert open_tests(file({"task_id": "p/0", **row})).of(PROBLEM) == texts


@pytest.mark.parametrize(
    ("read", "name", "remedy"),
    [
        (open_programs, "generation", "'solution' if it is a whole program or 'completion' if it continues the prompt"),
        (open_programs, "output_list", "`coderm run` reads answers"),
        (open_programs, "code", "rename it 'solution'"),
        (open_tests, "test_cases", "rename it 'unit_tests'"),
    ],
)
def test_a_field_of_another_tool_that_may_mean_two_things_is_named_with_a_remedy(file, read, name, remedy):
    with pytest.raises(DataError, match="is missing; there is") as caught:
        read(file({"task_id": "p/0", name: ["x"]}))
    assert repr(name) in caught.value.message
    assert remedy in caught.value.message


def test_rows_of_problems_that_are_not_selected_are_left_out(file):
    programs = open_programs(file({"task_id": "p/0", "solutions": ["a"]}, {"task_id": "p/9", "solutions": ["b"]}))
    programs.check(["p/0"], ["p/0", "p/9"])
    with pytest.raises(DataError, match="task_id 'p/9' is not among the problems"):
        programs.check(["p/0"], ["p/0", "p/8"])


def test_a_wrong_unit_test_is_told_with_file_line_and_place(file):
    path = file({"task_id": "p/0", "unit_tests": ["t", None]})
    with pytest.raises(DataError, match=rf"^{path}:1: field 'unit_tests\[1\]' must be str"):
        open_tests(path)


def test_a_task_with_two_rows_of_candidates_is_refused(file):
    path = file({"task_id": "p/0", "solutions": ["a"]}, {"task_id": "p/0", "solutions": ["b"]})
    with pytest.raises(DataError, match=f"^{path}:2: task_id 'p/0' occurs twice; join"):
        open_programs(path)


def test_a_row_of_no_known_problem_is_refused(file):
    path = file({"task_id": "p/0", "solutions": ["a"]}, {"task_id": "p/9", "solutions": ["b"]})
    with pytest.raises(DataError, match=f"^{path}:2: task_id 'p/9' is not among the problems"):
        open_programs(path).check(["p/0", "p/1"])


@pytest.mark.parametrize("row", [{"task_id": "p/1", "solutions": []}, ""])
def test_a_problem_without_a_candidate_is_named_before_anything_starts(file, row):
    programs = open_programs(file({"task_id": "p/0", "solutions": ["a"]}, row))
    with pytest.raises(DataError, match=r"no candidate for 'p/1'; add a row for it or leave it out with problems\.only"):
        programs.check(["p/0", "p/1"])


@pytest.mark.parametrize("rows", [[], [{"task_id": "p/0", "unit_tests": []}]])
def test_a_file_without_a_single_test_is_refused(file, rows):
    with pytest.raises(DataError, match="holds no text for any problem"):
        open_tests(file(*rows)).check(["p/0"])


def test_files_that_fit_the_problems_are_accepted(file):
    open_programs(file({"task_id": "p/0", "solutions": ["a"]}, {"task_id": "p/1", "solution": "b"})).check(["p/0", "p/1"])
    open_tests(file({"task_id": "p/1", "unit_tests": ["t"]})).check(["p/0", "p/1"])


def test_a_file_that_is_missing_or_compressed_is_told(file, tmp_path):
    with pytest.raises(DataError, match="no such file"):
        open_programs(tmp_path / "none.jsonl")
    import gzip

    with gzip.open(tmp_path / "rows.jsonl.gz", "wb") as packed:
        packed.write(b'{"task_id": "p/0", "solutions": ["a"]}\n')
    with pytest.raises(DataError, match="compressed; unpack it"):
        open_programs(tmp_path / "rows.jsonl.gz")
