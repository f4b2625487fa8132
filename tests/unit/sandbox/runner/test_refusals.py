"""What the tester itself refuses lets no test pass, and honest tests meet it nowhere."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

LOST = (constants.FAILED, constants.ERROR, constants.UNSERVED)
LENIENT = """
from collections import namedtuple
class Money:
    def __init__(self, amount):
        self.amount = amount
    def __add__(self, other):
        return self.amount + (other.amount if isinstance(other, Money) else other)
    __radd__ = __add__
    def __lt__(self, other):
        return True
    def ends(self):
        raise StopIteration
class Items:
    def __init__(self, items):
        self.items = list(items)
    def append(self, item):
        self.items.append(item)
    def __len__(self):
        return len(self.items)
    def __add__(self, other):
        return self
    def __lt__(self, other):
        return True
class Short:
    def __len__(self):
        return 3
    def __iter__(self):
        return iter([1])
    def __contains__(self, item):
        return True
class Loose:
    def __init__(self, x):
        self.x = x
    def __eq__(self, other):
        return True
    def __hash__(self):
        return id(self)
def short():
    return Short()
class Shut:
    def __enter__(self):
        return self
    def __exit__(self, *a):
        return True
    def fail(self):
        raise ValueError
def freeze(items):
    return Items(items)
def parse(text):
    import datetime
    class Zone(datetime.tzinfo):
        def utcoffset(self, when):
            return datetime.timedelta(0)
    return datetime.datetime(2020, 1, 1, tzinfo=Zone())
def give(f):
    return f(parse('x'))
def take(x):
    return 5
async def double(x):
    return 2 * x
Column = namedtuple('Column', 'name format')
def column():
    return Column('a', lambda value: value)
"""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("TypeError", "import pickle; pickle.dumps(freeze([1]))"),
        ("RuntimeError", "Money(1).ends()"),
        ("Exception", "take(self)"),
        ("Exception", "parse('bad')"),
        ("Exception", "give(lambda x: print())"),
        ("TypeError", "{Loose(1), Loose(1)}"),
    ],
)
def test_a_refusal_is_not_the_exception_that_a_test_expects(error, line):
    assert grade(LENIENT, case(f"with self.assertRaises({error}):", f"    {line}")) == [constants.UNSERVED]


def test_awaiting_what_cannot_be_awaited_here_is_not_the_type_error_of_the_program():
    test = (
        "import unittest\nclass C(unittest.IsolatedAsyncioTestCase):\n    async def test_it(self):\n"
        "        with self.assertRaises(TypeError):\n            await double('x')\n"
    )
    assert grade(LENIENT, test) == [constants.UNSERVED]


@pytest.mark.parametrize(
    "line",
    [
        "self.assertEqual(Money(5) + 3, 8)",
        "self.assertTrue(Money(5) < 3)",
        "self.assertTrue(Money(1) < Money('x'))",
        "self.assertTrue(freeze([1]) + 3)",
        "self.assertLess(freeze([1]), 3)",
        "self.assertIs(column().format(3), 3)",
        "self.assertEqual(len(short()), 3)",
        "self.assertEqual(list(short()), [1])",
        "self.assertTrue(5 in short())",
        "self.assertTrue(Loose(1) == Loose(2))",
        "with Shut() as s: s.fail()",
    ],
)
def test_the_program_s_own_word_passes_nothing(line):
    assert grade(LENIENT, case(line)) == [constants.UNSERVED]


def test_a_refusal_of_one_test_is_none_of_the_next():
    tests = (
        case("import pickle", "with self.assertRaises(TypeError):", "    pickle.dumps(freeze([1]))"),
        case("self.assertEqual(take(1), 5)"),
    )
    assert grade(LENIENT, *tests) == [constants.UNSERVED, constants.PASSED]


STRICT = """
import functools
@functools.total_ordering
class Money:
    def __init__(self, amount):
        self.amount = amount
    def __add__(self, other):
        if not isinstance(other, Money):
            raise TypeError('money and money only')
        return Money(self.amount + other.amount)
    def __radd__(self, other):
        return self if other == 0 else NotImplemented
    def __eq__(self, other):
        return isinstance(other, Money) and self.amount == other.amount
    def __lt__(self, other):
        return self.amount < other.amount if isinstance(other, Money) else NotImplemented
    def __iter__(self):
        return iter([self.amount])
def coin():
    return Money(4)
class Items:
    def __init__(self, items):
        self.items = list(items)
    def __len__(self):
        return len(self.items)
    def __getitem__(self, i):
        return self.items[i]
    def union(self, other):
        return Items(self.items + [x for x in other.items if x not in self.items])
    def difference(self, other):
        return Items(x for x in self.items if x not in other.items)
class Settings:
    def get(self, key, default=None):
        return default
class Tools:
    @staticmethod
    def isdigit(text):
        return True
    @staticmethod
    def union(one):
        return 2
def settings():
    return Settings()
def items():
    return Items([1])
class Lost(Exception):
    pass
class Turns:
    def __enter__(self):
        return self
    def __exit__(self, kind, error, trace):
        if kind is KeyError:
            raise Lost from error
    def look(self):
        raise KeyError
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("with self.assertRaises(TypeError):", "    Money(5) + 3"),
        ("with self.assertRaises(TypeError):", "    Money(5) < 3"),
        ("with self.assertRaises(TypeError):", "    sorted([Money(5), 3])"),
        ("with self.assertRaises(TypeError):", "    len(Money(5))"),
        ("with self.assertRaises(AttributeError):", "    items().append(3)"),
        ("with self.assertRaises(Lost):", "    with Turns() as t:", "        t.look()"),
        ("self.assertEqual(sum([Money(1), Money(2)]), Money(3)); self.assertFalse(Money(1) == 1)",),
        ("l = []; l += coin(); self.assertEqual(l, [4])",),
        ("self.assertTrue(hasattr(settings(), 'get')); self.assertFalse(hasattr(settings(), 'keys'))",),
        ("self.assertEqual(f'{len(items())} %s' % items()[0], '1 1'); self.assertEqual(list(items()), [1])",),
        ("self.assertEqual(Items([1]).union(Items([2])).difference(Items([1])).items, [2])",),
        ("self.assertNotIn(3, [Money(3)]); self.assertNotEqual(Money(3), None); self.assertIsNotNone(items())",),
        (("self.assertEqual((Tools.isdigit('4'), Tools().isdigit('5'), Tools.union({1})), (True, True, 2))",),),
        ("import asyncio, inspect, os; self.assertFalse(inspect.isawaitable(items()))",),
    ],
)
def test_what_honest_programs_refuse_is_told_from_it(lines):
    assert_passes(STRICT, *lines)


SHUT = "class Shut:\n    def __enter__(self):\n        return self\n    def __exit__(self, *a):\n        {}\n"


@pytest.mark.parametrize(
    "body",
    [
        "x, y = s.pair()",
        "for x, y in s.pairs():\n                pass",
        "x, (y, z) = 1, s.pair()",
        "from math import nothing",
        "import nothing",
        "max = s.pair(); max[0]",
        "for x in map(int, s.text()): pass",
        "a, b = [x for x in s.pair()]",
        "raise_it = s.pair(); del raise_it[0]",
        "{}[s.pair()]",
        "s.pair()['x'] = 3",
        "1 / 0",
    ],
)
def test_an_error_that_a_result_gave_rise_to_is_not_swallowed(body):
    methods = "".join(
        f"    def {name}(self):\n        return {value}\n" for name, value in (("pair", []), ("pairs", [1]), ("text", "'x'"))
    )
    assert grade(SHUT.format("return True") + methods, case("with Shut() as s:", f"    {body}"))[0] == constants.UNSERVED


@pytest.mark.parametrize("body", ["raise KeyError(s)", "raise ValueError('x') from KeyError()"])
def test_an_error_that_the_test_raises_is_swallowed(body):
    assert_passes(SHUT.format("return True"), "with Shut() as s:", f"    {body}")


@pytest.mark.parametrize("raised", ["ValueError", "AssertionError", "KeyError", "SystemExit"])
def test_no_other_exception_takes_the_place_of_a_failure(raised):
    lines = (f"with self.assertRaises({raised}):", "    with Shut() as s:", "        self.assertEqual(1, 2)")
    assert grade(SHUT.format(f"raise {raised}"), case(*lines))[0] in LOST or raised == "AssertionError"
    lines = (f"with self.assertRaises({raised}):", "    with Shut() as s:", "        x, y = s.pair()")
    program = SHUT.format(f"raise {raised}") + "    def pair(self):\n        return [1]\n"
    assert grade(program, case(*lines))[0] in LOST


@pytest.mark.parametrize("hides", ["same", "make", "area", "once", "other"])
def test_nothing_of_a_test_s_class_is_hidden(hides):
    top = (
        "import functools\nclass Base:\n    def other(self):\n        return 1\n"
        "class Shape(Base):\n    def __init__(self):\n        self.side = 1\n"
        "    @staticmethod\n    def same():\n        return 1\n    @classmethod\n    def make(cls):\n        return 1\n"
        "    @property\n    def area(self):\n        return 1\n"
        "    @functools.cached_property\n    def once(self):\n        return 1\n"
    )
    program = f"def hide(o):\n    vars(o)[{hides!r}] = 5 if {hides!r} in ('area', 'once') else lambda: 5\n    o.side = 2\n"
    read = f"o.{hides}" if hides in ("area", "once") else f"o.{hides}()"
    assert_passes(program, "o = Shape()", "hide(o)", f"self.assertEqual((o.side, {read}), (2, 1))", top=top)


WORD = "class Word:\n    def __init__(self, text):\n        self.text = text\ndef stop():\n    raise StopIteration\n"


def test_what_the_programs_word_decides_can_fail_a_test_but_not_pass_it():
    assert grade(WORD, case("with self.assertRaises(RuntimeError):", "    stop()")) == [constants.UNSERVED]
    assert grade(WORD, case("with self.assertRaises(ValueError):", "    stop()")) == [constants.ERROR]
    both = (case("with self.assertRaises(RuntimeError):", "    stop()"), case("self.assertEqual(Word('a').text, 'a')"))
    assert grade(WORD, *both) == [constants.UNSERVED, constants.PASSED]
