"""HumanEval and HumanEval+ in both formats."""

import os
from pathlib import Path

import pytest

from coderm.errors import DataError
from coderm.extract.programs.prelude import runnable
from coderm.problems.evalplus import MAX_CHECKS
from coderm.problems.humaneval import problem_from_row
from coderm.problems.reading import problems_from_file
from coderm.storage.jsonl import write_jsonl

from .run import passes

PROMPT = 'def half(values):\n    """Halve every value."""\n'
BODY = "    return [value / 2 for value in values]\n"
ORIGINAL = {
    "task_id": "HumanEval/900",
    "prompt": PROMPT,
    "entry_point": "half",
    "canonical_solution": BODY,
    "test": "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate([2]) == [1]\n    assert candidate([]) == []\n",
}
PLUS = {
    **{key: value for key, value in ORIGINAL.items() if key != "test"},
    "contract": "\n    assert isinstance(values, list) # $_CONTRACT_$\n",
    "base_input": [[[2, 4]], [[]]],
    "plus_input": [[[number]] for number in range(100)],
    "atol": 0,
}


def read_one(path: Path, row):
    write_jsonl(path, [row])
    [problem] = problems_from_file(path, problem_from_row)
    return problem


def passes_all(problem, program: str) -> bool:
    return all(passes(program, module) for module in problem.checks)


def test_the_original_format(tmp_path: Path):
    problem = read_one(tmp_path / "a.jsonl", ORIGINAL)
    assert problem.question == problem.prompt == PROMPT
    assert (problem.judge_cpu_s, problem.source, len(problem.checks)) == (3.0, "humaneval", 1)
    assert passes_all(problem, problem.reference)
    assert not passes_all(problem, PROMPT + "    return [value // 4 for value in values]\n")


HELPED = {
    "task_id": "HumanEval/901",
    "prompt": "import string\n\n\ndef shift(s, k=3):\n    return ''.join(chr((ord(c) - 97 + k) % 26 + 97) for c in s)\n\n\n"
    'def unshift(s):\n    """Undo shift.\n\n    Words.\n    """\n',
    "entry_point": "unshift",
    "canonical_solution": "    return shift(s, -3)\n",
    "test": "METADATA = {}\n\n\ndef check(candidate):\n    for word in (string.ascii_lowercase, 'abc'):\n"
    "        assert candidate(shift(word)) == word\n",
}


@pytest.mark.parametrize(
    "program",
    [
        "def unshift(s):\n    return ''.join(chr((ord(c) - 100) % 26 + 97) for c in s)\n",
        "def unshift(s):\n    return shift(s, -3)\n",
        "def shift(s, k):\n    return ''.join(chr((ord(c) - k - 97) % 26 + 97) for c in s)\n"
        "def unshift(s):\n    return shift(s, 3)\n",
        "def unshift(s):\n    return ''.join(string.ascii_lowercase[string.ascii_lowercase.index(c) - 3] for c in s)\n",
        HELPED["prompt"] + HELPED["canonical_solution"],
    ],
)
def test_what_the_prompt_defines_is_there_for_the_check_and_for_the_program(tmp_path: Path, program: str):
    problem = read_one(tmp_path / "a.jsonl", HELPED)
    assert passes_all(problem, runnable(program, problem))
    assert not passes_all(problem, runnable("def unshift(s):\n    return s\n", problem))


def test_own_problems_in_this_form_need_no_solution(tmp_path: Path):
    row = {key: value for key, value in ORIGINAL.items() if key != "canonical_solution"}
    assert read_one(tmp_path / "a.jsonl", row).reference == ""


def test_the_evalplus_format_bounds_the_number_of_checks(tmp_path: Path):
    problem = read_one(tmp_path / "a.jsonl", PLUS)
    assert 1 < len(problem.checks) <= MAX_CHECKS
    assert passes_all(problem, problem.reference)
    assert not passes_all(problem, "def half(values):\n    return [value / 2 + (value == 77) for value in values]\n")
    assert passes(problem.reference, problem.checks[0])


def test_small_differences_of_floats_are_allowed_and_large_ones_not(tmp_path: Path):
    problem = read_one(tmp_path / "a.jsonl", PLUS)
    assert passes_all(problem, "def half(values):\n    return [value / 2 + 1e-9 for value in values]\n")
    assert not passes_all(problem, "def half(values):\n    return [value / 2 + 1e-3 for value in values]\n")
    wide = read_one(tmp_path / "a.jsonl", {**PLUS, "atol": 0.01})
    assert passes_all(wide, "def half(values):\n    return [value / 2 + 1e-3 for value in values]\n")


def test_a_difference_of_whole_numbers_is_not_tolerated(tmp_path: Path):
    row = {**PLUS, "canonical_solution": "    return 10**9\n", "plus_input": []}
    problem = read_one(tmp_path / "a.jsonl", row)
    assert not passes_all(problem, "def half(values):\n    return 10**9 + 1\n")


def test_a_program_that_changes_its_arguments_does_not_change_the_reference_s(tmp_path: Path):
    problem = read_one(tmp_path / "a.jsonl", {**PLUS, "canonical_solution": "    return len(values)\n"})
    program = "def half(values):\n    count = len(values)\n    values.clear()\n    return count\n"
    assert passes_all(problem, program)


def test_a_program_whose_helpers_have_common_names_is_judged_fairly(tmp_path: Path):
    problem = read_one(tmp_path / "a.jsonl", PLUS)
    helpers = "from copy import copy\n\n\ndef close(x):\n    return agree(x)\n\n\ndef agree(x):\n    return math(x)\n\n\n"
    helpers += "def math(x):\n    return copy(x) / 2\n\n\n"
    assert passes_all(problem, helpers + "def half(values):\n    return [close(value) for value in values]\n")


def test_infinite_and_undefined_inputs_are_kept(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"task_id": "H/1", "prompt": "def same(x):\\n", "entry_point": "same", "canonical_solution": "    return x\\n",'
        ' "base_input": [[NaN], [Infinity], [-1e999]], "plus_input": [], "atol": 0}',
        encoding="utf-8",
    )
    [problem] = problems_from_file(path, problem_from_row)
    assert passes_all(problem, problem.reference)
    assert not passes_all(problem, "def same(x):\n    return 0.0\n")


def test_any_root_of_a_polynomial_is_right(tmp_path: Path):
    prompt = "def find_zero(xs):\n"
    row = {
        **PLUS,
        "prompt": prompt,
        "entry_point": "find_zero",
        "canonical_solution": "    return 1.0\n",
        "base_input": [[[2, -3, 1, 0]]],
        "plus_input": [],
        "atol": 1e-4,
    }
    problem = read_one(tmp_path / "a.jsonl", row)
    assert passes_all(problem, "def find_zero(xs):\n    return 2.0\n")
    assert not passes_all(problem, "def find_zero(xs):\n    return 1.5\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"test": None}, "'test' must be str"),
        ({"entry_point": "half; import os"}, "must be a Python name"),
        ({"canonical_solution": 3}, "'canonical_solution' must be str"),
        ({"base_input": {}}, "'base_input' must be list"),
        ({"base_input": [3]}, "list of arguments"),
        ({"base_input": [], "atol": "0"}, "'atol' must be a number"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, change, words: str):
    path = tmp_path / "a.jsonl"
    write_jsonl(path, [{**ORIGINAL, **change}])
    with pytest.raises(DataError) as caught:
        list(problems_from_file(path, problem_from_row))
    assert caught.value.message.startswith(f"{path}:1: ")
    assert words in caught.value.message


def shared_file() -> Path:
    root = Path(__file__).resolve().parents[3]
    return Path(os.environ.get("CODERM_SHARED", root.parent / "shared")) / "data" / "humaneval.jsonl"


@pytest.mark.skipif(not shared_file().exists(), reason="the published HumanEval file is not here")
def test_every_canonical_solution_of_the_published_file_passes():
    problems = list(problems_from_file(shared_file(), problem_from_row))
    assert len(problems) == 164
    assert [problem.task_id for problem in problems if not passes_all(problem, problem.reference)] == []


def test_the_examples_are_those_the_prompt_shows(tmp_path: Path):
    shown = PROMPT.replace("value.", "value.\n    >>> half([2, 4])\n    [1, 2]\n    >>> half([])\n    []\n    ")
    problem = read_one(tmp_path / "a.jsonl", ORIGINAL | {"prompt": shown})
    assert len(problem.examples) == 2
    assert all(passes(problem.reference, module) for module in problem.examples)
    assert not passes(shown + "    return values\n", problem.examples[0])
    assert read_one(tmp_path / "b.jsonl", ORIGINAL).examples == ()
