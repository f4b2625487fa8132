"""Functions of the test whose code crosses, and those that stay."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.codec.functions import code_to_send, made_of_code

PROGRAM = """
def apply(f, *args):
    return f(*args)
def remotely(f):
    return f.__code__.co_filename != "<tests>"
def same(f, g):
    return f is g
def give(f):
    return f
def swallow(f):
    try:
        f(1)
    except BaseException:
        return True
    return False
"""
NAME = 3
LISTS = [1]


def asserting(x):
    assert x > 3


def keeping(x, held=LISTS):
    held.append(x)


def counting(x):
    global NAME
    NAME += x


def named(x, *, key=1):
    return x + key


def plain(x, y):
    z = x * y
    return max(z, abs(x)) + 1


def padded(x, y=2):
    return x * y


def closed():
    total = 5
    return lambda x: x + total


@pytest.mark.parametrize("function", [lambda x: x, lambda a, b: a < b, lambda a: a[1] - a[-1], lambda: None, plain])
def test_a_function_that_only_computes_crosses_as_code(function):
    assert code_to_send(function)


@pytest.mark.parametrize(
    "function",
    [
        *(asserting, keeping, counting, named, padded, closed(), len, int, print, "".join),
        *(lambda x: x >= 37, lambda x: x * 2, lambda x: "word", lambda x: x == 1, lambda x: x is True, lambda x: 1.0),
        *(lambda x: NAME, lambda x: print(x), lambda x: x.y, lambda x: x.pop(), lambda x: (yield x), lambda x: input(x)),
        *(lambda x: [a + 1 for a in x], lambda x: lambda: x, lambda x: globals(), lambda x: __import__("os"), lambda x: eval(x)),
    ],
)
def test_a_function_that_could_do_more_stays(function):
    assert code_to_send(function) == ""


def test_a_name_of_the_test_is_no_builtin():
    held = {}
    exec("def len(x): return 5\nf = lambda x: len(x)", held)
    assert code_to_send(held["f"]) == ""


def test_what_is_made_of_code_computes_the_same():
    assert made_of_code(code_to_send(plain))(-3, 2) == plain(-3, 2)


def test_calls_of_such_a_function_stay_with_the_program():
    assert_passes(PROGRAM, "self.assertEqual(apply(lambda x, y=2: x * y, 4), 8)", "self.assertFalse(remotely(lambda x: x))")
    assert_passes(PROGRAM, "n = [1]", "self.assertEqual(apply(lambda x: x + n[0], 4), 5)", "self.assertTrue(remotely(lambda x: n))")


def test_it_is_the_same_function_whenever_it_comes():
    assert_passes(PROGRAM, "f = lambda x: x", "self.assertTrue(same(f, f))", "self.assertIs(give(f), f)")


def test_its_exceptions_reach_the_test_through_the_program():
    assert_passes(PROGRAM, "with self.assertRaises(ZeroDivisionError):", "    apply(lambda x: 1 / x, 0)")


def test_a_program_cannot_swallow_what_the_test_asserts():
    line = "def f(x): assert x == 2"
    assert grade(PROGRAM, case(line, "swallow(f)")) == [constants.FAILED]
    assert grade(PROGRAM, case("swallow(lambda x: self.assertEqual(x, 2))")) == [constants.FAILED]


def test_a_constant_of_a_predicate_is_out_of_the_programs_reach():
    program = "def first(f):\n    return next((c for c in getattr(f, '__code__').co_consts if type(c) is int), -1)\n"
    assert grade(program, case("self.assertEqual(first(lambda x: x >= 37), 37)")) == [constants.FAILED]
