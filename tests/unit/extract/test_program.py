import pytest

from coderm.extract import Extracted, Reason, Rejection, extract_program
from coderm.extract.samples import given_programs
from coderm.messages.problem import Problem

from .samples import GOOD, PROBLEM, PROGRAMS, STUB


def run(code: str) -> dict:
    space: dict = {"__name__": "program"}
    exec(compile(code, "program", "exec"), space)
    return space


def program(text: str, problem: Problem = PROBLEM) -> Extracted:
    found = extract_program(text, problem)
    assert isinstance(found, Extracted), found
    return found


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_every_shape_gives_a_program_that_runs_on_its_own(text, capsys):
    assert run(program(text).code)["add_all"]([1, 2, 3]) == 6
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_reading_its_own_result_changes_nothing(text):
    first = program(text)
    assert program(first.code) == first


REJECTED = {
    "empty": (" \n\t", Reason.EMPTY),
    "prose": ("I am sorry, but I cannot do that.", Reason.NO_CODE),
    "one_word": ("Yes", Reason.NO_CODE),
    "nul_bytes": ("\0\0", Reason.NO_CODE),
    "too_large": ("x = 1\n" * 100_000, Reason.TOO_LARGE),
    "too_deep": ("x = " + "-" * 50_000 + "1", Reason.TOO_LARGE),
    "broken": ("```python\ndef add_all(numbers):\n    return sum numbers\n```", Reason.SYNTAX_ERROR),
    "return_outside": (f"```python\n{GOOD}\nreturn 1\n```", Reason.SYNTAX_ERROR),
    "nul_in_program": ("def add_all(numbers):\n    return '\0'\n", Reason.SYNTAX_ERROR),
    "cut_off": ("```python\ndef add_all(numbers):\n    total = sum(", Reason.TRUNCATED),
    "other_function": ("```python\ndef plus(a, b):\n    return a + b\n```", Reason.NO_ENTRY_POINT),
    "only_imported": ("```python\nfrom solution import add_all\n```", Reason.NO_ENTRY_POINT),
    "class_that_needs_arguments": (
        "class A:\n    def __init__(self, x):\n        pass\n    def add_all(self, n):\n        return 0\n",
        Reason.NO_ENTRY_POINT,
    ),
    "stub_only": (STUB, Reason.NO_BODY),
}


@pytest.mark.parametrize(("text", "reason"), REJECTED.values(), ids=REJECTED)
def test_every_unusable_text_has_its_reason(text, reason):
    found = extract_program(text, PROBLEM)
    assert isinstance(found, Rejection)
    assert found.reason is reason


def test_text_is_kept_as_written_where_nothing_is_removed():
    code = "# adds\ndef add_all( numbers ):   # all\n    return sum(numbers)\n"
    assert program(f"```python\n{code}```").code == code


def test_comments_survive_the_removal_of_a_demonstration():
    code = "def add_all(numbers):\n    # adds\n    return sum(numbers)\n"
    assert program(code + "\n# Example\nprint(add_all([1]))\n# Output: 1\n").code == code


def test_names_that_are_bound_are_not_imported():
    code = "def Counter(x):\n    return x\n\n\ndef add_all(numbers):\n    deque = list\n    return Counter(sum(deque(numbers)))\n"
    assert program(code).code == code


def test_names_of_the_stub_are_found_when_an_answer_leaves_them_out():
    stub = "import math\n\n\ndef half(x):\n    return math.floor(x / 2)\n\n\ndef f(x):\n    '''Twice half.'''\n"
    found = program("```python\ndef f(x):\n    return half(x) + half(x)\n```", Problem("t", "q", "f", stub))
    assert run(found.code)["f"](5) == 4


def test_a_class_asked_for_by_a_dotted_name_is_kept_as_it_is():
    code = "class Solution:\n    def f(self, x):\n        return x\n"
    found = program(code, Problem("t", "q", "Solution.f"))
    assert found.code.startswith(code)


def test_a_class_asked_for_is_made_from_a_plain_function():
    found = program("def f(x):\n    return x\n", Problem("t", "q", "f", "class Solution:\n    def f(self, x):\n        pass\n"))
    assert run(found.code)["Solution"]().f(3) == 3


def test_the_body_of_a_method_stub_is_found():
    stub = "class Solution:\n    def f(self, x):\n        '''Same.'''\n"
    assert run(program("        return x\n", Problem("t", "q", "f", stub)).code)["Solution"]().f(3) == 3


def test_every_call_of_an_adapted_class_gets_a_fresh_object():
    start = "class Solution:\n    def __init__(self):\n        self.n = 0\n\n"
    code = start + "    def add_all(self, numbers):\n        self.n += 1\n        return self.n\n"
    add_all = run(program(code).code)["add_all"]
    assert (add_all([]), add_all([])) == (1, 1)


def test_without_an_entry_point_the_last_block_with_a_definition_is_taken():
    found = program(f"```python\n{GOOD}```\n```python\nprint(1)\n```", Problem("t", "q"))
    assert found.code == GOOD


def test_an_async_program_is_kept():
    assert "async def add_all" in program("```python\nasync def add_all(numbers):\n    return sum(numbers)\n```").code


def test_a_recorded_program_stays_verbatim_even_when_it_is_no_python():
    assert given_programs(["def ("])[0].code == "def ("


def test_a_recorded_program_shares_its_key_with_an_extracted_one():
    assert given_programs([GOOD + "# end"])[0].key == program(f"```python\n{GOOD}```").key


def test_a_rejection_never_carries_the_whole_text():
    assert len(Rejection(Reason.SYNTAX_ERROR, "x" * 10_000).detail) <= 200
