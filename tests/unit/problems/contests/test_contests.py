"""Records of contest data sets: what becomes of each shape, and what is wrong with those that are no problem."""

import json
from collections import Counter
from pathlib import Path

import pytest

from coderm.config.schema import ProblemsConfig
from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases, UnitTests
from coderm.problems import read_problems
from coderm.problems.contests import apps, code_contests, codeforces, deepcoder, prime, taco
from coderm.problems.detect import detect_source
from coderm.problems.faults import RecordFault, RecordReject
from coderm.problems.reading import Faults
from coderm.problems.suite import examples_of, suite_of
from coderm.storage.jsonl import write_jsonl
from problems.run import passes

SUM = {"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]}
CALL = {"fn_name": "add", "inputs": [[1, 2], [3, 4]], "outputs": [3, 7]}
RIGHT = "def add(a, b):\n    return a + b\n"
METHOD = "class Solution:\n    def add(self, a, b):\n        return a + b\n"


def apps_row(tests, **changes):
    text = tests if isinstance(tests, str) else json.dumps(tests)
    return {"problem_id": 7, "question": "Add.", "input_output": text, "solutions": json.dumps(["print 1", "x = 1"]), **changes}


def cc_tests(*pairs):
    return {"input": [given for given, _ in pairs], "output": [wanted for _, wanted in pairs]}


CC = {
    "name": "1_A. Sum",
    "description": "Add.",
    "public_tests": cc_tests(("1 2", "3")),
    "private_tests": cc_tests(),
    "generated_tests": cc_tests(("3 4", "7"), ("3 4", "7")),
    "solutions": {"language": [2, 3], "solution": ["int main(){}", "print(sum(map(int, input().split())))"]},
    "time_limit": {"seconds": 2, "nanos": 500_000_000},
    "input_file": "",
}
PLUS = {"id": 5, "title": "Sum", "description": "Add.", "test_cases": [{"input": "1 2", "output": "3"}], "checker": ""}
CF = {
    "id": "1/A",
    "title": "Sum",
    "description": "Add two numbers.",
    "input_format": "Two numbers.",
    "output_format": "Their sum.",
    "examples": [{"input": "1 2", "output": "3"}],
    "official_tests": [{"input": "3 4", "output": "7"}],
    "input_mode": "stdio",
    "interaction_format": None,
    "generated_checker": None,
    "time_limit": 2.0,
}
PRIME = {
    "data_source": "taco",
    "prompt": [{"role": "system", "content": "S"}, {"role": "user", "content": "Add."}],
    "ability": "code",
    "reward_model": {"ground_truth": json.dumps(SUM), "style": "rule"},
    "extra_info": {"index": 3, "split": "train"},
}
DEEP = {"problem": "Add.", "tests": json.dumps(SUM)}
EACH = {
    "apps": apps_row(SUM),
    "taco": {name: value for name, value in apps_row(SUM).items() if name != "problem_id"},
    "code_contests": CC,
    "codeforces": CF,
    "prime": PRIME,
    "deepcoder": DEEP,
}


def problem(found) -> Problem:
    assert isinstance(found, Problem), found
    return found


def fault(found) -> RecordFault:
    assert isinstance(found, RecordReject), found
    return found.fault


@pytest.mark.parametrize("source", EACH)
def test_each_set_is_recognised_and_becomes_cases(tmp_path: Path, source):
    write_jsonl(path := tmp_path / "p.jsonl", [EACH[source]])
    assert detect_source(path) == source
    [found] = read_problems(ProblemsConfig(source=source, path=str(path)))
    assert isinstance(suite := suite_of(found), Cases)
    assert all(case.input.split() and str(sum(map(int, case.input.split()))) == case.expected.strip() for case in suite.cases)
    assert (suite.comparison, found.source, found.checks) == (Comparison("tokens"), source, ())
    assert "Add" in found.question


def test_ids_and_limits_come_from_the_record():
    assert problem(apps.problem_from_row(apps_row(SUM), "f:9")).task_id == "APPS/7"
    assert problem(taco.problem_from_row(apps_row(SUM, problem_id=None, time_limit="2.5 seconds"), "f:9")).task_id == "TACO/9"
    assert problem(taco.problem_from_row(apps_row(SUM, time_limit="2.5 seconds"), "f:9")).judge_cpu_s == 2.5
    found = problem(code_contests.problem_from_row(CC, "f:1"))
    assert (found.task_id, found.judge_cpu_s) == ("CodeContests/1_A. Sum", 2.5)
    assert problem(prime.problem_from_row(PRIME, "f:1")).task_id == "PRIME/taco/train/3"
    assert problem(deepcoder.problem_from_row(DEEP, "f:4")).task_id == "DeepCoder/4"


def test_the_first_solution_in_python_3_is_the_reference():
    assert problem(apps.problem_from_row(apps_row(SUM), "f:1")).reference == "x = 1"
    assert problem(code_contests.problem_from_row(CC, "f:1")).reference.startswith("print(sum")


def test_public_cases_are_examples_and_equal_cases_are_one():
    found = problem(code_contests.problem_from_row(CC, "f:1"))
    assert found.cases is not None
    assert found.cases.cases == (Case("1 2", "3"), Case("3 4", "7"))
    assert examples_of(found) == Cases((Case("1 2", "3"),))


def test_a_floating_output_is_compared_with_a_tolerance():
    found = problem(apps.problem_from_row(apps_row({"inputs": ["1"], "outputs": ["0.50"]}), "f:1"))
    assert found.cases is not None
    assert found.cases.comparison.name == "allclose"


def test_lists_of_lines_are_joined():
    found = problem(apps.problem_from_row(apps_row({"inputs": [["1", "2"]], "outputs": [["3", "4"]]}), "f:1"))
    assert found.cases is not None
    assert found.cases.cases == (Case("1\n2", "3\n4"),)


@pytest.mark.parametrize(
    "tests",
    [
        CALL,
        {**CALL, "outputs": [[3], [7]]},
        {"fn_name": "add", "inputs": ["1\n2", "3\n4"], "outputs": ["3", "7"]},
        [{"input": "1\n2", "output": "3", "testtype": "functional", "metadata": {"func_name": "add"}}],
        [
            {"input": [1, 2], "output": 3, "type": "function_call", "fn_name": "add"},
            {"input": [3, 4], "output": 7, "fn_name": "add"},
        ],
    ],
)
def test_a_named_function_becomes_unit_tests_in_every_spelling(tests):
    found = problem(deepcoder.problem_from_row({"problem": "Add.", "tests": tests}, "f:1"))
    assert (found.cases, found.entry_point) == (None, "add")
    assert isinstance(suite_of(found), UnitTests)
    assert all(passes(RIGHT, module) for module in found.checks)
    assert all(passes(METHOD, module) for module in found.checks)
    assert not all(passes("def add(a, b):\n    return 0\n", module) for module in found.checks)


def test_starter_code_says_whether_a_method_is_asked_for():
    starter = "class Solution:\n    def add(self, a: int, b: int) -> int:\n        "
    found = problem(apps.problem_from_row(apps_row(CALL, starter_code=starter), "f:1"))
    assert found.entry_point == "Solution.add"
    assert starter.strip() in found.prompt
    assert "Use this code" in found.question
    assert all("Solution().add" in module for module in found.checks)


def test_results_are_equal_as_json_tells_them_apart():
    tests = {"fn_name": "f", "inputs": [[{"1": 2}]], "outputs": [{"1": [[1, 2], [3, 4]]}]}
    found = problem(apps.problem_from_row(apps_row(tests), "f:1"))
    assert passes("def f(given):\n    return {1: [(given[1] - 1, 2), (3, 4)]}\n", found.checks[0])
    assert not passes("def f(given):\n    return {1: [(1, 2), (3, 5)]}\n", found.checks[0])


def test_a_result_of_several_items_is_never_unwrapped():
    found = problem(apps.problem_from_row(apps_row({"fn_name": "f", "inputs": [[1]], "outputs": [[1, 2, 3]]}), "f:1"))
    assert not passes("def f(n):\n    return 1\n", found.checks[0])
    both = problem(apps.problem_from_row(apps_row({"fn_name": "f", "inputs": [[1], [2]], "outputs": [[1], [1, 2]]}), "f:1"))
    assert not passes("def f(n):\n    return 1\n", both.checks[0])


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ("", RecordFault.NO_TESTS),
        ("{}", RecordFault.NO_TESTS),
        ("[]", RecordFault.NO_TESTS),
        (None, RecordFault.NO_TESTS),
        ({"inputs": [], "outputs": []}, RecordFault.NO_TESTS),
        ("{", RecordFault.UNREADABLE),
        ("[" * 100_000, RecordFault.UNREADABLE),
        ("5", RecordFault.UNREADABLE),
        ({"inputs": "1", "outputs": "1"}, RecordFault.UNREADABLE),
        ({"inputs": [1], "outputs": ["1"]}, RecordFault.UNREADABLE),
        ([{"input": "1"}], RecordFault.UNREADABLE),
        ({"fn_name": "f", "inputs": ["1"], "outputs": ["{"]}, RecordFault.UNREADABLE),
        ({"inputs": ["1", "2"], "outputs": ["1"]}, RecordFault.UNEQUAL_COUNTS),
        ({"fn_name": "f", "inputs": ["3\n1 2 3\n"], "outputs": ["6"]}, RecordFault.CONTRADICTORY),
        ([{"input": "1", "output": "1", "testtype": "stdin", "fn_name": "f"}], RecordFault.CONTRADICTORY),
        ([{"input": "1", "output": "1", "testtype": "functional"}], RecordFault.CONTRADICTORY),
        ([{"input": "1", "output": "1", "type": "other"}], RecordFault.CONTRADICTORY),
        ([{"input": "1", "output": "1", "fn_name": n} for n in "fg"], RecordFault.CONTRADICTORY),
        ({**CALL, "fn_name": "a.b"}, RecordFault.BAD_NAME),
        ({**CALL, "fn_name": 5}, RecordFault.BAD_NAME),
        ({"inputs": ["1"], "outputs": [" \n"]}, RecordFault.EMPTY_OUTPUTS),
        ({"inputs": ["1", "1"], "outputs": ["1", "2"]}, RecordFault.CONFLICTING_OUTPUTS),
    ],
)
def test_a_record_that_is_wrong_is_rejected_by_name(tests, expected: RecordFault):
    row = {"problem": "Q", "tests": tests if isinstance(tests, str | None) else json.dumps(tests)}
    assert fault(deepcoder.problem_from_row(row, "f:1")) is expected


CUT = "1 " * 120 + "..."


def test_a_case_that_a_page_showed_in_part_is_left_out():
    row = apps_row({"inputs": ["1", CUT, "3", "..."], "outputs": ["2", "9", CUT, "..."]})
    found = problem(apps.problem_from_row(row, "f:1"))
    assert found.cases is not None
    assert found.cases.cases == (Case("1", "2"), Case("...", "..."))
    assert fault(apps.problem_from_row(apps_row({"inputs": [CUT], "outputs": ["1"]}), "f:1")) is RecordFault.CUT_OFF


@pytest.mark.parametrize("starter", ["# Fill in\n\nclass Solution:\n    def add(self, a, b):\n", "def add(a, b):\n"])
def test_a_function_that_no_test_names_is_no_program_that_reads_standard_input(starter: str):
    shown = {"inputs": ["a = 1\nb[] = {2, 3}"], "outputs": ["3"]}
    assert fault(taco.problem_from_row(apps_row(shown, starter_code=starter), "f:1")) is RecordFault.CONTRADICTORY
    assert problem(taco.problem_from_row(apps_row(shown, starter_code="# your code\n"), "f:1")).cases is not None


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", ["problem", "prompt"])
def test_verifiable_problems_have_their_tests_a_level_deeper(tmp_path: Path, packed, name):
    tests = [{"fn_name": None, "input": "1 2\n", "output": "3\n", "type": "stdin_stdout"}]
    info = {"language": "python", "test_cases": tests}
    row = {"problem_id": "vcp_3", name: "Add.", "verification_info": json.dumps(info) if packed else info}
    write_jsonl(path := tmp_path / "p.jsonl", [row])
    assert detect_source(path) == "deepcoder"
    found = problem(deepcoder.problem_from_row(row, "f:1"))
    assert found.cases is not None
    assert (found.task_id, found.cases.cases) == ("DeepCoder/vcp_3", (Case("1 2\n", "3\n"),))


@pytest.mark.parametrize("language", [3, "PYTHON3", "python3"])
def test_the_language_of_a_solution_comes_as_a_code_or_a_name(language):
    row = {**CC, "solutions": {"language": [1, language], "solution": ["print 1", "x = 1"]}}
    assert problem(code_contests.problem_from_row(row, "f:1")).reference == "x = 1"


def test_one_output_in_two_spellings_is_no_conflict():
    problem(apps.problem_from_row(apps_row({"inputs": ["1", "1"], "outputs": ["2", "2 \n"]}), "f:1"))


def test_a_whole_number_of_any_length_is_read():
    digits = "9" * 20_000
    text = f'{{"inputs": ["1"], "outputs": ["{digits}"]}}'
    problem(apps.problem_from_row(apps_row(text), "f:1"))
    assert fault(apps.problem_from_row(apps_row(f'{{"fn_name": "f", "inputs": [[{digits}]], "outputs": [1]}}'), "f:1")) is (
        RecordFault.UNREADABLE
    )


@pytest.mark.parametrize(
    "words",
    ["print any of them", "If there are several answers, output any.", "You may print them in any order", "any valid answer"],
)
def test_several_right_outputs_need_a_checker(words: str):
    row = apps_row(SUM, question=f"Add. {words}")
    assert fault(apps.problem_from_row(row, "f:1")) is RecordFault.NEEDS_CHECKER


@pytest.mark.parametrize(
    "words", ["If there are many, print the smallest one.", "At any moment n > 0.", "The numbers are given in any order.", "if any"]
)
def test_other_uses_of_the_words_do_not(words: str):
    problem(apps.problem_from_row(apps_row(SUM, question=f"Add. {words}"), "f:1"))


def test_a_python_checker_is_kept_and_lifts_the_ban():
    row = {**CF, "generated_checker": "print(1)", "description": "Print any of them."}
    found = problem(codeforces.problem_from_row(row, "f:1"))
    assert found.cases is not None
    assert found.cases.comparison == Comparison("checker", checker="print(1)")
    assert fault(codeforces.problem_from_row({**row, "generated_checker": None}, "f:1")) is RecordFault.NEEDS_CHECKER


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"input_mode": "file"}, RecordFault.FILE_MODE),
        ({"interaction_format": "Ask."}, RecordFault.INTERACTIVE),
        ({"official_tests": None}, RecordFault.NO_TESTS),
        ({"description": None}, RecordFault.NO_QUESTION),
        ({"description": 5}, RecordFault.UNREADABLE),
    ],
)
def test_what_a_contest_program_cannot_be_here(changes, expected: RecordFault):
    assert fault(codeforces.problem_from_row({**CF, **changes}, "f:1")) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('setName("compare sequences of tokens");', Comparison("tokens")),
        ('setName("compare ordered sequences of signed int%d numbers", 8);', Comparison("decimal")),
        (
            'const double EPS = 1E-6;\nsetName("compare two sequences of doubles, max ... error = %.5lf", EPS);',
            Comparison("allclose"),
        ),
        ("", Comparison("tokens")),
    ],
)
def test_a_standard_checker_is_a_comparison(source: str, expected: Comparison):
    found = problem(code_contests.problem_from_row({**PLUS, "checker": source}, "f:1"))
    assert found.cases is not None
    assert (found.task_id, found.cases.comparison) == ("CodeContests+/5", expected)


def test_any_other_checker_cannot_run():
    row = {**PLUS, "checker": 'setName("checks a path");'}
    assert fault(code_contests.problem_from_row(row, "f:1")) is RecordFault.NEEDS_CHECKER
    assert fault(code_contests.problem_from_row({**CC, "input_file": "in.txt"}, "f:1")) is RecordFault.FILE_MODE


PLUS_WHOLE = {
    "source": "Codeforces",
    "id": "1_A",
    "title": "Sum",
    "description": "Add two numbers.",
    "time_limit": 2000,
    "memory_limit": 256,
    "validator": "int main() {}",
    "generator": "int main() {}",
    "generator_cmd": "./gen -n 2",
    "checker": 'setName("compare sequences of tokens");',
    "correct_submissions": [
        {"code": "int main() {}", "language": "cpp"},
        {"code": "print 1", "language": "py2"},
        {"code": "print(sum(map(int, input().split())))", "language": "py3"},
    ],
    "incorrect_submissions": [{"code": "print(1)", "language": "py3"}],
    "test_cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "3 4\n", "output": "7\n"}],
    "true_positive_rate": 1.0,
    "true_negative_rate": 0.9,
}


def test_a_whole_row_of_code_contests_plus():
    found = problem(code_contests.problem_from_row(PLUS_WHOLE, "f:1"))
    assert found.cases is not None
    assert (found.task_id, found.judge_cpu_s, len(found.cases.cases)) == ("CodeContests+/1_A", 2.0, 2)
    assert found.reference.startswith("print(sum")
    assert fault(code_contests.problem_from_row({**PLUS_WHOLE, "test_cases": None}, "f:1")) is RecordFault.NO_TESTS


def test_rows_of_deepcoder_as_its_sets_have_them():
    fenced = ["```python\nprint(sum(map(int, input().split())))\n```"]
    prime_row = [{"type": "stdin_stdout", "input": "1 2\n", "output": "3\n", "fn_name": None}]
    lcb_row = [{"input": "1 2", "output": "3", "testtype": "stdin", "metadata": {"func_name": None}}]
    for tests in (prime_row, lcb_row, [{"input": "1 2", "output": "3"}], SUM):
        row = {
            "problem": "Add.",
            "tests": json.dumps(tests),
            "solutions": fenced,
            "starter_code": "",
            "metadata": {"func_name": None},
        }
        found = problem(deepcoder.problem_from_row(row, "f:1"))
        assert (found.cases is not None, found.reference) == (True, "print(sum(map(int, input().split())))")
    called = [{"input": "1\n2", "output": "3", "testtype": "functional", "metadata": {"func_name": "add"}}]
    starter = "class Solution:\n    def add(self, a: int, b: int) -> int:\n        "
    row = {"problem": "Add.", "tests": json.dumps(called), "starter_code": starter, "metadata": json.dumps({"func_name": "add"})}
    found = problem(deepcoder.problem_from_row(row, "f:1"))
    assert (found.entry_point, passes(METHOD, found.checks[0])) == ("Solution.add", True)
    trained = {"data_source": "taco", "ability": "code", "prompt": PRIME["prompt"], "reward_model": {"ground_truth": row["tests"]}}
    assert problem(prime.problem_from_row(trained, "f:1")).entry_point == "add"


def test_rows_about_mathematics_are_left_out():
    assert prime.problem_from_row({**PRIME, "ability": "math"}, "f:1") is None
    assert fault(prime.problem_from_row({**PRIME, "reward_model": None}, "f:1")) is RecordFault.NO_TESTS


def test_nulls_of_a_table_are_absent_at_any_depth_but_values_stay():
    tests = {"fn_name": None, "inputs": ["1 2"], "outputs": ["3"], "tests": None}
    assert problem(deepcoder.problem_from_row({"problem": "Q", "tests": tests, "starter_code": None}, "f:1")).cases is not None
    called = {"fn_name": "f", "inputs": [[None, {"a": None}]], "outputs": [None]}
    found = problem(deepcoder.problem_from_row({"problem": "Q", "tests": called}, "f:1"))
    assert passes("def f(a, b):\n    return b['a'] if a is None else 1\n", found.checks[0])


def test_rejects_are_counted_and_the_rest_is_read(tmp_path: Path, caplog):
    rows = [apps_row(SUM, problem_id=0), apps_row("", problem_id=1), apps_row("{", problem_id=2), apps_row("", problem_id=3)]
    write_jsonl(path := tmp_path / "p.jsonl", rows)
    faults: Faults = Counter()
    assert [found.task_id for found in read_problems(ProblemsConfig(source="apps", path=str(path)), faults)] == ["APPS/0"]
    assert faults == {RecordFault.NO_TESTS: 2, RecordFault.UNREADABLE: 1}
    assert "rejected 3 records: no_tests 2, unreadable 1" in caplog.text
