"""LiveCodeBench: functional problems are read, packed cases are unpacked without running anything."""

import base64
import json
import pickle
import zlib
from collections import Counter
from pathlib import Path

import pytest

from coderm.errors import DataError
from coderm.extract.programs.prelude import runnable
from coderm.messages.cases import Case
from coderm.problems.faults import RecordFault
from coderm.problems.livecodebench import CASE_CPU_S, PRELUDE, problem_from_row
from coderm.problems.reading import Faults, problems_from_file
from coderm.storage.jsonl import write_jsonl

from .run import passes

RIGHT = "class Solution:\n    def addAll(self, nums, extra):\n        return [n + extra for n in nums]\n"


def case(nums, extra, wanted, kind="functional"):
    return {"input": f"{json.dumps(nums)}\n{json.dumps(extra)}", "output": json.dumps(wanted), "testtype": kind}


def pack(value) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def row(**changes):
    return {
        "question_title": "Add",
        "question_content": "Add extra to every number.",
        "question_id": "9001",
        "starter_code": "class Solution:\n    def addAll(self, nums: List[int], extra: int) -> List[int]:\n        ",
        "difficulty": "easy",
        "public_test_cases": json.dumps([case([1], 1, [2])]),
        "private_test_cases": pack(json.dumps([case([n], 2, [n + 2]) for n in range(40)])),
        "metadata": json.dumps({"func_name": "addAll"}),
        **changes,
    }


def read(path: Path, *rows):
    write_jsonl(path, rows)
    return list(problems_from_file(path, problem_from_row))


def test_a_functional_problem(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row())
    assert (problem.task_id, problem.entry_point) == ("9001", "Solution")
    assert len(problem.examples) == 1
    assert all(passes(RIGHT, module) for module in (*problem.checks, *problem.examples))
    wrong = RIGHT.replace("+ extra", "+ extra + (n == 39)")
    assert not all(passes(wrong, module) for module in problem.checks)
    compile(problem.prompt.rstrip() + " pass\n", "prompt", "exec")


def test_every_case_is_a_check_of_its_own_with_the_full_limit_of_the_harness(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row())
    assert len(problem.checks) == 41
    assert problem.judge_cpu_s == CASE_CPU_S == 6.0
    wrong = RIGHT.replace("+ extra", "+ extra + (n == 7)")
    assert sum(not passes(wrong, module) for module in problem.checks) == 1


HEAD = "class Solution:\n    def addAll(self, nums, extra):\n        return "


@pytest.mark.parametrize(
    "program",
    [
        RIGHT.replace("nums, extra", "nums: List[int], extra"),
        HEAD + "[sum(pair) for pair in zip(nums, repeat(extra))]\n",
        "from __future__ import annotations\n" + HEAD + "[*map(partial(add, extra), deque(nums))]\n",
        HEAD + "[heapq.heappop([n + extra]) for n in nums if n <= maxsize]\n",
        RIGHT,
    ],
)
def test_programs_count_on_what_the_harness_imports(tmp_path: Path, program: str):
    [problem] = read(tmp_path / "a.jsonl", row())
    assert all(passes(runnable(program, problem), module) for module in problem.checks)
    assert runnable(RIGHT, problem) == RIGHT


def test_of_two_imports_of_a_name_the_later_counts_and_built_in_names_stay(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row())
    program = runnable("x = bisect.bisect_left([1], 1), copy.copy(1), pow(2, 5, 7), date(2000, 1, 1), datetime.date", problem)
    names: dict[str, object] = {}
    exec(program, names)
    assert names["x"][:3] == (0, 1, 4)  # type: ignore[index]


def test_a_tuple_counts_as_a_list(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row())
    assert all(passes(RIGHT.replace("[n + extra for n in nums]", "tuple(n + extra for n in nums)"), m) for m in problem.checks)


def test_hidden_cases_may_be_plain_json_or_absent(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", row(private_test_cases=json.dumps([case([5], 1, [6])])))
    assert len(problem.checks) == 2
    [problem] = read(tmp_path / "a.jsonl", row(private_test_cases=""))
    assert len(problem.checks) == 1


def test_a_copy_may_hold_what_the_original_packs_as_text(tmp_path: Path):
    given = {"metadata": {"func_name": "addAll"}, "public_test_cases": [case([1], 1, [2])], "private_test_cases": []}
    [unpacked] = read(tmp_path / "a.jsonl", row(**given))
    [packed] = read(tmp_path / "b.jsonl", row(private_test_cases=""))
    assert unpacked == packed


def stdin_row(**changes):
    public = [{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]
    private = [{"input": f"{n} 0.5\n", "output": f"{n}.5\n", "testtype": "stdin"} for n in range(9)]
    given = {"public_test_cases": json.dumps(public), "private_test_cases": pack(json.dumps(private)), "metadata": "{}"}
    return row(**{"question_id": "s", "starter_code": "", **given, **changes})


def test_a_problem_that_reads_standard_input(tmp_path: Path):
    [problem] = read(tmp_path / "a.jsonl", stdin_row())
    assert (problem.checks, problem.entry_point, problem.prompt) == ((), "", "")
    assert problem.cases is not None
    assert problem.cases.cases[:2] == (Case("1 2\n", "3\n"), Case("0 0.5\n", "0.5\n"))
    assert (len(problem.cases), problem.cases.comparison.name) == (10, "allclose")
    assert problem.example_cases == (Case("1 2\n", "3\n"),)
    assert (problem.judge_cpu_s, problem.prelude) == (CASE_CPU_S, PRELUDE)


def test_the_name_of_the_method_decides_not_the_starter_code(tmp_path: Path):
    [called] = read(tmp_path / "a.jsonl", row(starter_code=""))
    assert len(called.checks) == 41
    [reads] = read(tmp_path / "a.jsonl", stdin_row(starter_code="class Solution: ..."))
    assert reads.cases is not None


@pytest.mark.parametrize(
    ("faulty", "fault"),
    [
        (row(metadata="{}"), RecordFault.CONTRADICTORY),
        (stdin_row(metadata='{"func_name": "f"}'), RecordFault.CONTRADICTORY),
        (row(metadata='{"func_name": "a.b"}'), RecordFault.BAD_NAME),
        (row(public_test_cases="[]", private_test_cases=""), RecordFault.NO_TESTS),
        (stdin_row(question_content="Print any of them."), RecordFault.NEEDS_CHECKER),
    ],
)
def test_a_row_without_a_sound_verdict_is_rejected_and_counted(tmp_path: Path, faulty, fault: RecordFault):
    write_jsonl(path := tmp_path / "a.jsonl", [faulty, row(question_id="after")])
    faults: Faults = Counter()
    assert [problem.task_id for problem in problems_from_file(path, problem_from_row, faults)] == ["after"]
    assert faults == {fault: 1}


class Attack:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_a_pickle_that_names_code_is_refused_and_not_run(tmp_path: Path):
    target = tmp_path / "touched"
    with pytest.raises(DataError, match="is not allowed"):
        read(tmp_path / "a.jsonl", row(private_test_cases=pack(Attack(target))))
    assert not target.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"private_test_cases": pack([1])}, "packs list, not text"),
        ({"private_test_cases": "%%%"}, "neither JSON nor packed JSON"),
        ({"private_test_cases": pack("[]")[:-8]}, "neither JSON nor packed JSON"),
        ({"private_test_cases": pack("{}")}, "must hold a list"),
        ({"private_test_cases": "[1]"}, "must hold a list"),
        ({"private_test_cases": "[" * 100_000}, "not valid JSON"),
        ({"public_test_cases": json.dumps([{"input": "1", "output": "x", "testtype": "functional"}])}, "output of a test case"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, changes, words: str):
    path = tmp_path / "a.jsonl"
    with pytest.raises(DataError) as caught:
        read(path, row(**changes))
    assert caught.value.message.startswith(f"{path}:1: ")
    assert words in caught.value.message
