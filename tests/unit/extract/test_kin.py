"""Forms beside those that the other modules name: each is of a kind that a model family or a test writer is known for."""

import pytest

from coderm.extract import Extracted, Reason, Rejection, extract_program, extract_unit_test
from coderm.extract.unit_tests.given_test import read_given_test
from coderm.messages.problem import Problem

from .samples import PROBLEM
from .test_unit_test import verdict

ASKED = Problem("join", "Merge two sorted lists.", entry_point="join")
STUB = 'def join(a, b):\n    """Merge two sorted lists."""\n'
HOLDER = Problem("join", "Merge.", entry_point="Solution.join", prompt="class Solution:\n    def join(self, a, b):\n        ")
BODY = "    out = a + b\n    return sorted(out)\n"
GOOD = "def join(a, b):\n" + BODY
BAD = "def join(a, b):\n    return a + b\n"
FENCED = f"```python\n{GOOD}```"
DRAFT = f"First:\n```python\n{BAD}```\nNo."


def joined(text: str, problem: Problem = ASKED) -> list[int]:
    """What the program in an answer returns."""
    found = extract_program(text, problem)
    assert isinstance(found, Extracted), found
    names: dict = {"__name__": "solution"}
    exec(found.code, names)
    function = names["Solution"]().join if problem is HOLDER else names["join"]
    return list(function([1, 3], [2]))


MARKS = ["<s>", "<fim_middle>", "<jupyter_code>", "<commit_msg>", "<empty_output>", "<filename>a.py", "<gh_stars>0", "<reponame>x"]
MARKS += ["[gMASK]<sop>", "[|endofturn|]", "<0x0A>", "<eoa>", "<TOKENS_UNUSED_1>", "<mask>"]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("text", [GOOD.rstrip(), FENCED])
def test_a_mark_of_any_family_ends_the_answer(text, mark):
    assert joined(text + mark) == [1, 2, 3]


PAIRS = [("<Thought>", "</Thought>"), ("<THINK>", "</THINK>"), ("<|thinking|>", "<|/thinking|>"), ("<plan>", "</plan>")]
PAIRS += [("<inner_monologue>", "</inner_monologue>"), ("<think_fast>", "</think_fast>"), ("<x:think>", "</x:think>")]
PAIRS += [("<unused94>thought\n", "<unused95>"), ("<|channel>thought\n", "<channel|>")]


@pytest.mark.parametrize("marks", PAIRS, ids=[end for _, end in PAIRS])
@pytest.mark.parametrize("between", ["", "\n", "\n\nHere:\n"])
def test_reasoning_of_any_family_is_left_out(marks, between):
    assert joined(f"{marks[0]}{DRAFT}{marks[1]}{between}{GOOD}") == [1, 2, 3]
    assert joined(f"{marks[0]}{DRAFT}{marks[1]}{between}{FENCED}".replace("Here:\n```", "Here:\n\n```")) == [1, 2, 3] or not between


PROMPTS = [
    "<s>[INST] Join. [/INST] ",
    "<|im_start|>user\nJoin.<|im_end|>\n<|im_start|>assistant\n",
    "[gMASK]<sop><|user|>\nJoin.<|assistant|>\n",
]
PROMPTS += [
    "<bos><start_of_turn>user\nJoin.<end_of_turn>\n<start_of_turn>model\n",
    "ASSISTANT: ",
    "GPT4 Correct Assistant: ",
    "@@ Response\n",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_prompt_in_front_of_its_answer_is_left_out(prompt):
    assert joined(prompt + GOOD) == [1, 2, 3]
    assert joined(prompt + "\n" + FENCED) == [1, 2, 3]


WRAPPED = {
    "one line in a fence": "```def join(a, b): return sorted(a + b)```",
    "fence in a comment": f"```python\n# ```\n{GOOD}```",
    "prose behind the fence": f"```python\n{GOOD.rstrip()}``` This works.",
    "line numbers with arrows": "\n".join(f"{at:6}\u2192{line}" for at, line in enumerate(GOOD.rstrip().split("\n"), 1)),
    "line ends escaped": GOOD.replace("\n", "\\n"),
    "a bracket too many": GOOD + ")\n",
    "template after the answer": f"{FENCED}\nTemplate:\n```python\ndef join(a, b):\n    raise NotImplementedError\n```",
}
DEMOS = {
    "loop over cases": "tests = [(None, 1)]\nfor a, b in tests:\n    print(join(a, b))\n",
    "a local name": "out = join(None, 1)\n",
    "a file": "with open('missing.txt') as f:\n    a = f.read()\n    print(join(a, []))\n",
    "standard input": "n, *rest = map(int, open(0).read().split())\nprint(join(rest, []))\n",
}


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED)
def test_an_answer_wrapped_in_other_ways_is_read(text):
    assert joined(text) == [1, 2, 3]


@pytest.mark.parametrize("demo", DEMOS.values(), ids=DEMOS)
def test_a_demonstration_whose_names_are_local_to_the_program_goes(demo):
    assert joined(f"```python\n{GOOD}\n{demo}```") == [1, 2, 3]


def test_a_demonstration_that_calls_a_method_goes():
    code = "class Solution:\n    def join(self, a, b):\n        return sorted(a + b)\n\nresult = Solution().join(None, 1)\n"
    assert joined(code) == [1, 2, 3]


def test_a_table_that_a_function_reads_stays():
    code = "SAME = {}\nfor x in range(9):\n    SAME[x] = x\n\ndef join(a, b):\n    return sorted(SAME[x] for x in a + b)\n"
    assert joined(code) == [1, 2, 3]


@pytest.mark.parametrize("problem", [HOLDER, ASKED])
def test_methods_without_their_class_are_given_one(problem):
    helper = "def both(self, a, b):\n    return a + b\n\n"
    assert joined(f"```python\n{helper}def join(self, a, b):\n    return sorted(self.both(a, b))\n```", problem) == [1, 2, 3]


@pytest.mark.parametrize("pad", ["  ", "\t"])
def test_a_body_with_other_indentation_than_its_stub_is_read(pad):
    stub = Problem("join", STUB, entry_point="join", prompt=STUB)
    assert joined(BODY.replace("    ", pad), stub) == [1, 2, 3]


UNITTEST = "class TestAll(unittest.TestCase):\n    def test_two(self):\n        self.assertEqual(add_all([1, 2]), 3)\n"
USES_SOLUTION = UNITTEST.replace("add_all(", "Solution().add_all(")
FIXTURE = "import pytest\n\n@pytest.fixture\ndef two():\n    yield [1, 2]\n\ndef test_two(two):\n    assert add_all(two) == 3\n"
FAIL = "import pytest\n\ndef test_two():\n    if add_all([1, 2]) != 3:\n        pytest.fail('wrong')\n"
BY_CALL = "import importlib, unittest\nmod = importlib.import_module('solution')\n\n" + UNITTEST.replace("add_all(", "mod.add_all(")
FORMS = {
    "fixture that yields": FIXTURE,
    "unittest under another name": "import unittest as ut\n\n" + UNITTEST.replace("unittest", "ut") + "\nut.main()\n",
    "import by a call": BY_CALL,
    "import of a module with a usual name": "import code\nimport unittest\n\n" + UNITTEST.replace("add_all(", "code.add_all("),
    "pytest.fail": FAIL,
    "own class Solution": "import unittest\n\nclass Solution:\n    def add_all(self, numbers):\n        return 0\n\n"
    + USES_SOLUTION,
    "a copy where the import fails": "import unittest\ntry:\n    from solution import add_all\n"
    "except ImportError:\n    def add_all(numbers):\n        return 0\n\n" + UNITTEST,
    "a skipped case": "import unittest\n\n"
    + UNITTEST
    + "    @unittest.skip('slow')\n    def test_none(self):\n        self.fail()\n",
    "its own file": "import os, sys, unittest\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n\n" + UNITTEST,
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_a_test_in_this_form_judges_as_a_users_and_as_a_models(text):
    extracted = extract_unit_test(f"```python\n{text}```", PROBLEM)
    assert not isinstance(extracted, Rejection), extracted
    given = read_given_test(text, PROBLEM)
    assert given.holds
    assert not given.needs
    for code in (given.code, extracted.code):
        assert verdict(code, sum) == (1, True)
        assert verdict(code, len) == (1, False)


def test_a_class_that_pytest_would_not_collect_is_no_test():
    made = "class TestAll:\n    def __init__(self):\n        self.two = [1, 2]\n"
    text = made + "    def test_two(self):\n        assert add_all(self.two) == 3\n"
    found = extract_unit_test(text, PROBLEM)
    assert isinstance(found, Rejection)
    assert found.reason is Reason.NO_TEST_CLASS
