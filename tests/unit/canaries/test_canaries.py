"""Canaries: made from a problem's own tests, passed by no honest program and by those that answer the test, not the question."""

import unittest

import pytest
from extract.samples import UNIT_TESTS
from problems.run import passes

from coderm.canaries.falsify import make_canaries
from coderm.canaries.sites import find_sites
from coderm.config.schema import ProblemsConfig
from coderm.problems.load import read_problems

ADD = "def add(a, b):\n    return a + b\n"
EQUAL_TO_ALL = """
class Any(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
def add(a, b):
    return Any(a + b)
"""
PATCHED = (
    ADD
    + """
import unittest
for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *_, **__: None)
"""
)


def module(*lines, method="test_it", head=""):
    body = "".join(f"        {line}\n" for line in lines)
    return f"import unittest\n{head}\nclass TestAdd(unittest.TestCase):\n    def {method}(self):\n{body}"


PLAIN = module("# two and three", "self.assertEqual(add(2, 3), 5)", "self.assertEqual(add(0, 0), 0)")


@pytest.fixture
def framework():
    """Programs that patch unittest are undone."""
    kept = {name: getattr(unittest.TestCase, name) for name in dir(unittest.TestCase) if name.startswith("assert")}
    yield
    for name, value in kept.items():
        setattr(unittest.TestCase, name, value)


def many(test, number=40):
    return make_canaries([test], number, "seed")


def starter_tests():
    for problem in read_problems(ProblemsConfig()):
        yield problem, make_canaries(problem.checks, 12, problem.task_id)


def test_a_canary_is_its_test_but_for_one_statement():
    for text in many(PLAIN):
        kept = [line for line in PLAIN.splitlines() if line in text.splitlines()]
        assert len(kept) == len(PLAIN.splitlines()) - 1
        assert "        # two and three" in kept


def test_the_right_programs_of_the_starter_problems_pass_their_tests_and_no_canary():
    counted = 0
    for problem, canaries in starter_tests():
        assert all(passes(problem.reference, test) for test in problem.checks[:1])
        assert not [text for text in canaries if passes(problem.reference, text)]
        counted += bool(canaries)
    assert counted >= 36


def test_an_object_equal_to_everything_passes_canaries_that_compare():
    passed = [passes(EQUAL_TO_ALL, text) for text in many(PLAIN)]
    assert 0.4 < sum(passed) / len(passed) < 1


def test_patched_assertions_pass_every_canary_that_uses_them(framework):
    texts = many(PLAIN)
    assert all(passes(PATCHED, text) for text in texts if "assert (add" not in text)


def test_a_program_that_reads_what_the_test_expects_passes_a_canary():
    reader = """
import sys
def add(a, b):
    return max(value for value in sys._getframe(1).f_code.co_consts if isinstance(value, int))
"""
    test = module("self.assertEqual(add(2, 3), 5)")
    assert passes(reader, test)
    assert [text for text in many(test) if passes(reader, text)]


def test_a_program_that_answers_differently_every_time_passes_no_canary():
    counter = "import itertools\nnumbers = itertools.count(5)\ndef add(a, b):\n    return next(numbers)\n"
    assert not [text for text in many(module("self.assertEqual(add(2, 3), 5)")) if passes(counter, text)]


@pytest.mark.parametrize("claim", ["not add(1, 2)", "add(1, 2) or add(0, 0)", "add(1, 2) if add(0, 1) else 7", "lambda: add(1, 2)"])
@pytest.mark.parametrize("form", ["assert {}", "assert ({}) == 5", "self.assertTrue({})", "self.assertEqual({}, 5)"])
def test_what_binds_weaker_than_a_comparison_is_compared_as_a_whole(claim, form):
    test = module(form.format(claim))
    assert not [text for text in many(test) if passes(ADD, text) or passes(ADD.replace("+", "* 0 *"), text)]


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "True", "''", "[]", "None", "__import__('numpy').array([])"])
def test_no_odd_value_passes_a_canary(value):
    program = f"def add(a, b):\n    return {value}\n"
    for expected in ("5", "5.0", "'x'", "[1]", "None", "True", "float('nan')"):
        test = module(f"self.assertEqual(add(2, 3), {expected})")
        assert not [text for text in many(test, 12) if _passes_quietly(program, text)]


def _passes_quietly(program, text):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return passes(program, text)


@pytest.mark.parametrize(
    "lines",
    [
        ["result = add(2, 3)", "self.assertEqual(result, 5)"],
        ["assert add(2, 3) == 5"],
        ["self.assertTrue(add(2, 3) == 5)"],
        ["self.assertEqual(5, add(2, 3))"],
        ["with self.subTest('one'):", "    self.assertEqual(add(2, 3), 5)"],
        ["self.assertIsNone(add(2, 3))"],
        ["x = 1; self.assertEqual(add(x, 3), 4); y = 2"],
    ],
)
def test_common_assertions_make_canaries(lines):
    texts = many(module(*lines), 10)
    assert len(texts) == 10
    assert not [text for text in texts if passes(ADD, text)]


@pytest.mark.parametrize(
    "test",
    [
        module("if False:", "    self.assertEqual(add(2, 3), 5)"),
        module("for a in []:", "    self.assertEqual(add(a, 3), 5)"),
        module("return", "self.assertEqual(add(2, 3), 5)"),
        module("yield", "self.assertEqual(add(2, 3), 5)"),
        module("try:", "    self.assertEqual(add(2, 3), 5)", "except AssertionError:", "    pass"),
        module("self.assertEqual(add(2, 3), 5)", method="helper"),
        module("self.assertEqual(1, 1)"),
        module("self.assertEqual(add(2, 3), 5)") + "    @unittest.expectedFailure\n    def test_it(self):\n        pass\n",
        module("self.assertEqual(add(2, 3), 5)") + "    def assertEqual(self, *_):\n        pass\n",
        module("self.assertEqual(add(2, 3), 5)") + "\ndel TestAdd\n",
        module("self.assertEqual(add(2, 3), 5)") + "\nTestAdd = object\n",
        module("self.assertEqual(add(2, 3), 5)") + "\ndef load_tests(*_):\n    return unittest.TestSuite()\n",
        module("self.assertEqual(add(2, 3), 5)", head="unittest.TestCase.assertEqual = print\n"),
        module("self.assertEqual(add(2, 3), 5)", head="def add(a, b):\n    return 5\n"),
        "import unittest\n@unittest.skip('no')\n" + PLAIN.partition("\n")[2].lstrip(),
        "not python (",
        "x\x00y",
        "",
    ],
)
def test_an_assertion_that_may_not_run_or_not_count_makes_no_canary(test):
    assert find_sites(test) == []
    assert make_canaries([test], 2, "seed") == ()


@pytest.mark.parametrize(
    ("lines", "head", "made"),
    [
        (["self.assertEqual(add(1, 2), 3)"], "add = int\n", False),
        (["add = int", "self.assertEqual(add(1, 2), 3)"], "", False),
        (["self.assertEqual([add(n, 0) for n in range(2)], [0, 1])"], "", True),
        (["self.assertEqual([add for add in range(2)], [0, 1])"], "", False),
        (["self.assertEqual(add(1, 2), 3)"], "def other():\n    add = 1\n    return add\n", True),
        (["self.assertEqual(add(1, 2), 3)"], "def other(add):\n    return add\n", True),
        (["self.assertEqual(add(1, 2), 3)"], "from solution import add\n", True),
        (["self.assertEqual(add(1, 2), 3)"], "from elsewhere import add\n", False),
        (["global add", "add = int", "self.assertEqual(add(1, 2), 3)"], "", False),
        (["self.assertEqual(len('ab'), 2)"], "", False),
        (["self.assertEqual(__add(1, 2), 3)"], "", False),
    ],
)
def test_a_name_is_the_programs_where_nothing_binds_it_for_the_assertion(lines, head, made):
    assert bool(find_sites(module(*lines, head=head))) == made


@pytest.mark.parametrize(
    "result",
    ["*(add(2, 3), 5)", "f'{add(2, 3)}', '5'", "(value := add(2, 3)), 5", "add(" * 60 + "2, 3" + ", 3)" * 60 + ", 185"],
    ids=["starred", "f-string", "named", "nested"],
)
def test_every_canary_compiles_whatever_the_result_looks_like(result):
    made = many(module(f"self.assertEqual({result})", "self.assertEqual(add(*(2, 3)), 5)"))
    assert made
    for canary in made:
        compile(canary, "canary", "exec")


def test_the_written_tests_of_the_samples_give_canaries_or_none_but_never_an_error():
    made = [make_canaries([text], 3, name) for name, text in UNIT_TESTS.items()]
    assert any(made)


def test_the_same_seed_makes_the_same_canaries_and_another_seed_others():
    assert make_canaries([PLAIN], 4, "1") == make_canaries([PLAIN], 4, "1") != make_canaries([PLAIN], 4, "2")
    assert len(set(many(PLAIN))) == 40


def test_as_many_as_asked_for_are_made_each_from_another_test_where_there_are_enough():
    tests = [module(f"self.assertEqual(add({n}, 1), {n + 1})") for n in range(1000, 1004)]
    made = make_canaries(tests, 3, "seed")
    assert len(made) == 3
    assert len({n for n in range(1000, 1004) for text in made if f"add({n}, 1)" in text}) == 3
    assert make_canaries(tests, 0, "seed") == ()


def test_all_else_of_a_text_stays_with_tabs_wide_characters_and_line_ends_of_any_kind():
    head = "import unittest\r\nclass T(unittest.TestCase):\r\n\tdef test_ä(self):\r\n\t\ts = 'é'; "
    test = head + "self.assertEqual(add(2, 3), 5) # ü\r\n"
    for text in many(test, 20):
        assert text.startswith(head)
        assert text.endswith(" # ü\r\n")
        assert not passes(ADD, text)


def test_a_test_nested_more_deeply_than_it_can_be_written_anew_makes_no_canary():
    chain = ".b" * 1_400
    head = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        "
    assert make_canaries([f"{head}self.assertEqual(f(1){chain}, 2)\n"], 1, "seed") == ()
