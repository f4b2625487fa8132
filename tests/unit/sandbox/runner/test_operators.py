"""Operators, conversions, context managers and exceptions across the boundary: honest classes work, none of them judges."""

import pytest
from talking import DUNDERS, assert_passes, case, grade

from coderm.sandbox.runner import constants

LOST = (constants.FAILED, constants.ERROR, constants.UNSERVED)
HONEST = """
import enum
import math
from functools import total_ordering
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)
    def __radd__(self, other):
        return self if other == 0 else self + other
    def __iadd__(self, other):
        self.x += other.x
        return self
    def __mul__(self, k):
        return Vector(self.x * k, self.y * k) if isinstance(k, int) else self.x * k.x + self.y * k.y
    __rmul__ = __mul__
    def __neg__(self):
        return Vector(-self.x, -self.y)
    def __abs__(self):
        return math.hypot(self.x, self.y)
    def __round__(self, digits=0):
        return Vector(round(self.x, digits), round(self.y, digits))
    def __float__(self):
        return float(self.x)
    def __index__(self):
        return self.x
    def __complex__(self):
        return complex(self.x, self.y)
    def __floor__(self):
        return 7
    def __eq__(self, other):
        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)
def make(x, y):
    return Vector(x, y)
@total_ordering
class Card:
    def __init__(self, rank):
        self.rank = rank
    def __eq__(self, other):
        return self.rank == other.rank
    def __lt__(self, other):
        return self.rank < other.rank
class Interval:
    def __init__(self, low, high):
        self.low, self.high = low, high
    def __contains__(self, x):
        return self.low <= x <= self.high
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2
class Money(float):
    pass
class Name(str):
    pass
class Swallow:
    def __enter__(self):
        return self
    def __exit__(self, kind, error, trace):
        return kind is ZeroDivisionError
class Bad(Exception):
    pass
def chained():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise Bad('x') from error
def noted():
    error = FileNotFoundError(2, 'No such file', 'there')
    error.add_note('a hint')
    error.code = 4
    raise error
def grouped():
    raise ExceptionGroup('both', [ValueError(1), TypeError(2)])
"""


@pytest.mark.parametrize(
    "line",
    [
        "self.assertEqual(Vector(1, 2) * 3, Vector(3, 6)); self.assertEqual(3 * Vector(1, 2), Vector(3, 6))",
        "v = w = Vector(2, 4); v += Vector(1, 1); self.assertEqual(v.x, 3); self.assertIs(v, w)",
        "self.assertEqual(abs(Vector(3, 4)), 5.0); self.assertAlmostEqual(abs(Vector(3, 4) + Vector(0, 0)), 5.0)",
        "self.assertEqual(round(Vector(1.23, 4.56), 1), Vector(1.2, 4.6)); self.assertEqual(float(Vector(1, 2)), 1.0)",
        "self.assertEqual([5, 6, 7][Vector(1, 2)], 6); self.assertEqual(complex(Vector(1, 2)), 1 + 2j)",
        "import math; self.assertEqual(math.floor(Vector(1, 2)), 7)",
        "self.assertEqual(sum([Vector(1, 2), Vector(3, 4)]), Vector(4, 6)); self.assertEqual(sum([make(1, 2), make(3, 4)]).x, 4)",
        "self.assertEqual(Vector(1, 2) * Vector(3, 4), 11); self.assertEqual((-(Vector(1, 2) * 2)).x, -2)",
        "self.assertLess(Card(1), Card(2)); self.assertGreaterEqual(Card(2), Card(2)); self.assertFalse(Card(3) < Card(1))",
        "self.assertEqual([c.rank for c in sorted([Card(3), Card(1)])], [1, 3]); self.assertEqual(max([Card(1), Card(5)]).rank, 5)",
        "i = Interval(1, 5); self.assertIn(3, i); self.assertNotIn(9, i); self.assertEqual(i.low, 1)",
        "self.assertEqual(Level.LOW + 1, 2); self.assertLess(Level.LOW, Level.HIGH); self.assertLess(Level.LOW, 2)",
        "self.assertEqual(Money(5) + 1, 6.0); self.assertAlmostEqual(Money(5), 5.0); self.assertEqual('a' + Name('b'), 'ab')",
        "with Swallow(): raise ZeroDivisionError('on purpose')",
    ],
)
def test_operators_of_honest_classes_work(line):
    assert_passes(HONEST, line)


def test_exceptions_keep_their_causes_notes_and_parts():
    top = "with self.assertRaises(Exception) as c:"
    assert_passes(HONEST, top, "    chained()", "self.assertIsInstance(c.exception.__cause__, ZeroDivisionError)")
    assert_passes(HONEST, top, "    noted()", "self.assertEqual((c.exception.filename, c.exception.code), ('there', 4))")
    assert_passes(HONEST, top, "    noted()", "self.assertEqual(c.exception.__notes__, ['a hint'])")
    assert_passes(HONEST, top, "    grouped()", "self.assertEqual([str(e) for e in c.exception.exceptions], ['1', '2'])")


JUDGES = f"""
class Sly:
    def __init__(self, x=0):
        self.x = x
    def same(self):
        return self
    def startswith(self, *a):
        return True
    issubset = startswith
def answer(name):
    numbers = {{'int': 0, 'float': 0.0, 'abs': 0, 'round': 0, 'index': 0, 'hash': 0, 'bool': False}}
    truths = ('lt', 'le', 'gt', 'ge', 'eq', 'contains')
    return lambda self, *a: True if name in truths else numbers.get(name, GIVES)
for name in '{DUNDERS}'.split():
    if name not in ('getattr', 'iter', 'next', 'getitem', 'len', 'call'):
        setattr(Sly, f'__{{name}}__', answer(name))
"""


@pytest.mark.parametrize(
    "line",
    [
        "self.assertTrue(-1 < float(Sly() - 3) < 1)",
        "self.assertTrue(abs(Sly() - 3) < 1e-6)",
        "self.assertFalse(Sly() - 3)",
        "self.assertFalse(3 - Sly())",
        "self.assertEqual(round(Sly() - 3, 7), 0)",
        "self.assertEqual(Sly() - 3, 0)",
        "self.assertTrue(Sly() < 3)",
        "self.assertTrue(3 in Sly().same())",
        "self.assertTrue(Sly().same().startswith('a'))",
        "self.assertTrue(Sly().same().issubset({3}))",
        "self.assertAlmostEqual(Sly().same(), 3.0)",
        "self.assertLess(Sly(1), Sly(2)); self.assertGreater(Sly(1), Sly(2))",
        "self.assertLessEqual(Sly(1), Sly(2))",
        "self.assertEqual(sum([Sly(), -3]), 0)",
        "import math; self.assertTrue(math.isclose(Sly() - 3, 0))",
        "import numpy as np; self.assertTrue(np.linalg.norm(Sly() - np.array([3])) < 1e-6)",
    ],
)
@pytest.mark.parametrize("gives", ["self", "0"])
def test_a_tested_class_does_not_judge_by_its_operators(line, gives):
    assert grade(JUDGES.replace("GIVES", gives), case(line))[0] in LOST


SWALLOWS = """
import contextlib
class Sly:
    def __enter__(self):
        return self
    def __exit__(self, *a):
        return True
    def three(self):
        return 3
    def error(self):
        raise ValueError
    def empty(self):
        return []
@contextlib.contextmanager
def generator():
    try:
        yield Sly()
    except BaseException:
        pass
"""


@pytest.mark.parametrize(
    "body", ["self.assertEqual(x.three(), 5)", "self.assertEqual(x.error(), 5)", "x.empty()[0]", "assert x.three() == 5"]
)
@pytest.mark.parametrize("made", ["cm = Sly", "cm = generator", "cm = lambda: contextlib.suppress(BaseException)"])
def test_a_context_manager_swallows_no_failure(body, made):
    test = case("with cm() as x:", "    x = x or Sly()", f"    {body}")
    assert grade(SWALLOWS + made + "\n", test)[0] in LOST


def test_an_assertion_in_a_callback_counts_whatever_the_program_does_with_it():
    program = (
        "seen = []\ndef f(g):\n    try:\n        g(1)\n    except BaseException as error:\n        seen.append(str(error))\n"
        "    return 5\ndef told():\n    return seen\n"
    )
    assert grade(program, case("self.assertEqual(f(lambda x: self.assertEqual(x, 2)), 5)")) == [constants.FAILED]
    lines = ["try:", "    f(lambda x: self.assertEqual(x, 2))", "except AssertionError:", "    pass"]
    assert_passes(program, *lines, "self.assertEqual(told(), [''])")


@pytest.mark.parametrize("bases", ["ValueError, KeyError, TypeError", "A, B", "A, B, TypeError", "KeyError, A"])
def test_an_exception_that_meets_unrelated_expectations_is_doubted(bases):
    program = (
        f"class A(ValueError):\n    pass\nclass B(TypeError):\n    pass\nclass E({bases}):\n    pass\ndef f():\n    raise E('x')\n"
    )
    outcomes = [grade(program, case(f"self.assertRaises({name}, f)"))[0] for name in ("ValueError", "KeyError", "TypeError")]
    assert set(outcomes) <= {constants.UNSERVED, constants.ERROR}
    assert constants.UNSERVED in outcomes


def test_exceptions_of_one_line_keep_all_their_classes():
    program = (
        "class Own(Exception):\n    pass\nclass E(Own, KeyError, LookupError):\n    pass\nclass F(E):\n    pass\n"
        "def f():\n    raise F('x')\n"
    )
    for name in ("Own", "E", "F", "KeyError", "LookupError"):
        assert_passes(program, f"self.assertRaises({name}, f)")


def test_methods_of_the_test_s_objects_stay_its_own_and_properties_are_read_there():
    top = (
        "class Shape:\n    def __init__(self, side):\n        self.side = side\n"
        "    def same(self, x):\n        return self.side == x\n"
        "    @property\n    def area(self):\n        return self.side ** 2\n"
    )
    program = "def hide(o):\n    o.same, o.side = (lambda x: True), 7\n    return o\ndef area(o):\n    return o.area\n"
    assert grade(program, top + case("self.assertTrue(hide(Shape(1)).same(3))")) == [constants.FAILED]
    assert_passes(program, "o = Shape(3)", "self.assertEqual(area(o), 9)", "self.assertEqual(hide(o).area, 49)", top=top)
