"""The tester and the candidate over a socket, each in a process of its own, without limits around them."""

import os
import struct

import pytest
from talking import DUNDERS, assert_passes, case, grade, talk

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.confinement.forks import GONE_EXIT
from coderm.sandbox.runner.transport.json_text import dumps


def test_calls_go_by_value_and_changes_come_back_in_place():
    program = "def push(items, x):\n    items.append(x)\n    return items\ndef swap(a, b):\n    a['k'], b[0] = b[0], a['k']\n"
    assert_passes(program, "l = [1]", "r = push(l, 2)", "self.assertIs(r, l)", "self.assertEqual(l, [1, 2])")
    assert_passes(program, "inner = [1]", "d = {'k': inner}", "l = [5]", "swap(d, l)", "self.assertIs(l[0], inner)")


def test_exceptions_keep_their_class_arguments_and_attributes():
    program = (
        "import json\nclass Bad(ValueError):\n    def __init__(self, text, code):\n"
        "        super().__init__(text)\n        self.code = code\n"
        "class Worse(Bad):\n    pass\n"
        "def bad():\n    raise Worse('no', 7)\ndef key():\n    raise KeyError('k')\ndef parse():\n    json.loads('{')\n"
    )
    assert_passes(program, "with self.assertRaises(Bad) as c:", "    bad()", "self.assertEqual(c.exception.code, 7)")
    assert_passes(program, "with self.assertRaisesRegex(ValueError, '^no$'):", "    bad()")
    assert_passes(program, "try:", "    key()", "except KeyError as e:", "    self.assertEqual(e.args, ('k',))")
    assert_passes(program, "import json", "self.assertRaises(json.JSONDecodeError, parse)")


def test_generators_are_read_as_far_as_asked_for():
    program = "def count():\n    n = 0\n    while True:\n        got = yield n\n        n = n + 1 if got is None else got\n"
    assert_passes(program, "g = count()", "self.assertEqual([next(g) for _ in range(5)], [0, 1, 2, 3, 4])")
    assert_passes(program, "g = count()", "next(g)", "self.assertEqual(g.send(9), 9)", "self.assertEqual(next(g), 10)")
    assert_passes("def f():\n    yield 1\n    return 2\n", "self.assertEqual(list(f()), [1])")
    assert_passes("def f():\n    yield 1\n    raise ValueError\n", "g = f()", "next(g)", "self.assertRaises(ValueError, next, g)")


def test_functions_of_the_test_are_called_back():
    program = "def apply(f, xs):\n    return [f(x) for x in xs]\ndef deep(f, n):\n    return f(deep, n - 1) if n else 'end'\n"
    assert_passes(program, "seen = []", "apply(seen.append, [1, 2])", "self.assertEqual(seen, [1, 2])")
    assert_passes(program, "self.assertEqual(apply(lambda x: x * 2, [1, 2]), [2, 4])")
    assert_passes(program, "self.assertEqual(apply(str.upper, ['a']), ['A'])")
    assert_passes(program, "self.assertEqual(deep(lambda f, n: deep(lambda g, m: 'x' + str(m), n), 3), 'x1')")
    assert_passes(program, "with self.assertRaises(ZeroDivisionError):", "    apply(lambda x: 1 / 0, [1])")


def test_objects_of_the_test_go_by_shape_and_keep_their_identity():
    top = (
        "class Node:\n    def __init__(self, val, next=None):\n        self.val, self.next = val, next\n"
        "    def twice(self):\n        return 2 * self.val\n"
    )
    program = (
        "def walk(n):\n    out = []\n    while n:\n        out.append(n.val)\n        n = n.next\n    return out\n"
        "def turn(n):\n    last = None\n    while n:\n        n.next, last, n = last, n, n.next\n    return last\n"
        "def method(n):\n    return n.twice()\n"
    )
    assert_passes(program, "self.assertEqual(walk(Node(1, Node(2))), [1, 2])", top=top)
    assert_passes(program, "n = Node(1, Node(2))", "r = turn(n)", "self.assertEqual(r.val, 2)", "self.assertIs(r.next, n)", top=top)
    assert_passes(program, "self.assertEqual(method(Node(4)), 8)", top=top)


CLASSES = """
import enum
from collections import namedtuple
from dataclasses import dataclass
class Point:
    scale = 5
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __eq__(self, other):
        return self.x == other.x and self.y == other.y
    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)
    def __lt__(self, other):
        return self.x < other.x
    def __len__(self):
        return 2
    def __iter__(self):
        yield self.x
        yield self.y
    def __repr__(self):
        return f'Point({self.x})'
    def norm(self):
        return self.x ** 2 + self.y ** 2
    @staticmethod
    def origin():
        return Point(0, 0)
    @property
    def both(self):
        return (self.x, self.y)
class Near(Point):
    pass
class Plain:
    pass
class Stack(list):
    def push(self, x):
        self.append(x)
@dataclass
class Data:
    a: int
    b: list
class Color(enum.Enum):
    RED = 1
    BLUE = 2
Pair = namedtuple('Pair', 'a b')
def pair():
    return Pair(1, 2)
class Solution:
    def two_sum(self, nums, target):
        return [nums.index(target)]
"""


@pytest.mark.parametrize(
    "line",
    [
        "self.assertEqual(Solution().two_sum([5, 6], 6), [1])",
        "p = Point(3, 4); self.assertEqual((p.norm(), p.x, p.both, Point.scale), (25, 3, (3, 4), 5))",
        "p = Point(1, 2); p.x = 7; self.assertEqual(p.x, 7)",
        "self.assertEqual(Point(1, 2), Point(1, 2)); self.assertNotEqual(Point(1, 2), Point(1, 3))",
        "self.assertNotEqual(Plain(), Plain()); p = Plain(); self.assertEqual(p, p); self.assertIn(p, [p])",
        "self.assertEqual(list(Point(1, 2)), [1, 2]); self.assertEqual(len(Point(1, 2)), 2)",
        "self.assertIn(1, Point(1, 2)); self.assertNotIn(3, Point(1, 2))",
        "self.assertEqual(repr(Point(1, 2)), 'Point(1)'); self.assertEqual(f'{Point(1, 2)}', 'Point(1)')",
        "self.assertEqual(Point.origin(), Point(0, 0)); self.assertIsInstance(Near(1, 2), Point)",
        "self.assertNotIsInstance(Point(1, 2), Near); self.assertIs(type(Near(1, 2)), Near)",
        "self.assertEqual(Point(1, 2) + Point(1, 1), Point(2, 3)); self.assertLess(Point(1, 2), Point(2, 0))",
        "s = Stack(); s.push(1); s.append(2); self.assertEqual(s, [1, 2]); self.assertEqual(s[1], 2); self.assertNotEqual(s, [1])",
        "self.assertEqual(Data(1, [2]), Data(1, [2])); self.assertNotEqual(Data(1, [2]), Data(1, [3]))",
        "self.assertIs(Color(1), Color.RED); self.assertEqual([c.name for c in Color], ['RED', 'BLUE'])",
        "self.assertEqual(pair(), (1, 2)); self.assertIsInstance(pair(), Pair); self.assertEqual(Pair(1, 2).b, 2)",
        "import copy; p = Near(1, [2]); q = copy.deepcopy(p); self.assertEqual(p, q); self.assertIsNot(p, q)",
        "self.assertFalse(hasattr(Plain(), '__len__')); self.assertFalse(callable(Plain())); self.assertTrue(Plain())",
    ],
)
def test_objects_of_the_program_stay_there(line):
    assert_passes(CLASSES, line)


def test_values_are_read_anew_for_every_test():
    assert (
        grade("K = [1]\ndef f():\n    return K\n", case("K.append(2)"), case("self.assertEqual(K, [1])")) == [constants.PASSED] * 2
    )


def test_the_program_can_be_imported():
    program = "def add(a, b):\n    return a + b\n_hidden = 1\n"
    assert_passes(program, "self.assertEqual(add(1, 2), 3)", top="from solution import add\n")
    assert_passes(program, "self.assertEqual(solution.add(1, 2), 3)", top="import solution\n")
    assert_passes(
        program,
        "self.assertEqual(add(1, 2), 3)",
        "self.assertNotIn('_hidden', globals)",
        top="from solution import *\nglobals = dir()\n",
    )
    assert grade(program, "from solution import missing\n" + case("pass")) == [constants.ERROR]


def test_fixtures_of_the_module_are_the_test_s():
    program = "def setUpModule():\n    raise ValueError\n"
    assert_passes(program, "self.assertEqual(x, [1])", top="x = []\ndef setUpModule():\n    x.append(1)\n")


OPERANDS = (
    "self.assertAlmostEqual(thing(), 3)",
    "self.assertGreater(thing(), 3)",
    "self.assertLessEqual(thing(), 3)",
    "self.assertEqual(thing(), 3)",
    "self.assertNotEqual(3, 3 if thing() != 3 else thing())",
    "self.assertIn(thing(), [1, 2, 3])",
    "self.assertIn(3, thing())",
    "self.assertCountEqual(thing(), [3])",
    "self.assertListEqual(thing(), [3])",
    "self.assertDictEqual(thing(), {3: 3})",
    "self.assertIs(thing(), 3)",
    "self.assertIsInstance(thing(), int)",
    "self.assertRegex(thing(), '3')",
    "self.assertTrue(thing() == 3)",
    "self.assertFalse(thing() != 3)",
    "self.assertEqual(sorted([thing()]), [3])",
    "self.assertEqual(int(thing()), 3)",
    "self.assertEqual(float(thing()), 3)",
    "self.assertEqual(round(thing()), 3)",
    "self.assertEqual(abs(thing() - 3), 0)",
    "self.assertEqual(3 - thing(), 0)",
    "self.assertEqual({3: 1}[thing()], 1)",
    "self.assertEqual([0, 1][thing()], 1)",
    "import math; self.assertTrue(math.isclose(thing(), 3))",
    "import numpy as np; np.testing.assert_allclose(thing(), 3)",
    "import numpy as np; np.testing.assert_array_equal(thing(), [3])",
    "import numpy as np; np.testing.assert_equal(thing(), 3)",
    "import numpy as np; self.assertTrue(np.isclose(thing(), 3))",
    "assert thing() == 3",
    "match thing():\n            case 3: pass\n            case _: self.fail()",
)
ALWAYS_EQUAL = f"""
import sys
class Meta(type):
    def __eq__(cls, other): return True
    def __instancecheck__(cls, other): return True
    __hash__ = type.__hash__
class Anything(metaclass=Meta):
    __class__ = property(lambda self: int)
    def __getattr__(self, name): return Anything()
def answer(name):
    def method(self, *args):
        open('seen', 'a').write(repr(args))
        numbers = {{'hash': 0, 'len': 1, 'int': 4, 'index': 0, 'float': 4.0, 'round': 0, 'abs': 0}}
        return iter([Anything()]) if name == 'iter' else numbers.get(name, True)
    return method
for name in '''{DUNDERS}'''.split():
    if name != 'getattr':
        setattr(Anything, f'__{{name}}__', answer(name))
def thing(*args):
    return Anything()
"""


@pytest.mark.parametrize("line", OPERANDS)
def test_an_object_that_equals_everything_passes_no_assertion(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (outcome,) = grade(ALWAYS_EQUAL, case(line))
    assert outcome in (constants.FAILED, constants.ERROR)
    seen = tmp_path / "seen"
    assert not seen.exists() or "3" not in seen.read_text()


@pytest.mark.parametrize("base", ["int", "float", "str", "list", "tuple", "dict", "set", "bytes"])
@pytest.mark.parametrize("line", ["self.assertEqual(thing(), {})", "self.assertIn(thing(), [{}])", "assert thing() == {}"])
def test_subclasses_of_builtins_are_compared_by_what_they_hold(base, line):
    program = (
        f"class Sly({base}):\n    def __eq__(self, other): return True\n    __ne__ = lambda self, other: False\n"
        f"    __hash__ = {base}.__hash__\ndef thing():\n    return Sly()\n"
    )
    wanted = {
        "int": "3",
        "float": "3.0",
        "str": "'3'",
        "list": "[3]",
        "tuple": "(3,)",
        "dict": "{3: 3}",
        "set": "{3}",
        "bytes": "b'3'",
    }[base]
    assert grade(program, case(line.format(wanted))) == [constants.UNSERVED]
    assert grade(program, case(line.format(f"{base}()"))) == [constants.PASSED]


@pytest.mark.parametrize("name", ["abs", "sum", "len", "sqrt", "math", "List", "Counter", "isinstance"])
def test_builtins_and_library_names_are_never_the_program_s(name):
    program = f"def {name}(*args):\n    return 3\ndef f():\n    return 0\n"
    assert grade(program, case(f"self.assertEqual({name}(f()), 3)"))[0] in (constants.FAILED, constants.ERROR)


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        ("unittest.SkipTest('cheat')", constants.SKIPPED),
        ("unittest.case._ShouldStop", constants.ERROR),
        ("AssertionError", constants.FAILED),
        ("KeyboardInterrupt", constants.ERROR),
        ("SystemExit(0)", constants.ERROR),
        ("GeneratorExit", constants.ERROR),
        ("StopIteration", constants.ERROR),
        ("MemoryError", constants.MEMORY),
        ("RecursionError", constants.ERROR),
        ("type('X', (BaseException,), {})()", constants.ERROR),
        ("type('SkipTest', (Exception,), {'__module__': 'unittest.case'})()", constants.SKIPPED),
        ("type('Ended', (BaseException,), {'__module__': 'runner.remote'})()", constants.ERROR),
    ],
)
def test_no_exception_passes(raised, outcome):
    program = f"import unittest\ndef f(x=0):\n    raise {raised}\n"
    assert grade(program, case("f()")) == [outcome]
    loop = case("for got, wanted in zip(map(f, [1, 2]), [1, 2]):", "    self.assertEqual(got, wanted)")
    assert grade(program, loop) == [outcome]


def frame(message):
    body = dumps(message)
    return struct.pack(">I", len(body)) + body


READY = frame(["r", [["f", [0]]], [], [["fn", 5, "f"]]])
LIES = {
    "garbage": b"x" * 50,
    "a length beyond all": struct.pack(">I", 1 << 31),
    "no JSON": struct.pack(">I", 3) + b"{{{",
    "deep JSON": struct.pack(">I", 200_000) + b"[" * 200_000,
    "another kind": frame(["passed", 1, 1, 1]),
    "no list": frame(5),
    "a scalar and a tail": struct.pack(">I", 14) + b'["r",3,[],[]]]',
    "a scalar without nodes": frame(["r", 3, [], 0]),
    "arguments that are no list": frame(["b", 0, None, "ab", [], [], []]),
    "two answers": frame(["r", 3, [], []]) * 2,
    "an unknown node": frame(["r", [0], [], [["?"]]]),
    "a change of nothing": frame(["r", 3, [[7, ["l", [3]]]], []]),
    "a call of nothing": frame(["b", 0, None, [], [], []]),
    "a call by an odd name": frame(["b", 0, "__globals__", [], [], []]),
    "an exception that is none": frame(["e", 3, [], [], []]),
    "a class of anything": frame(["r", [0], [], [["g", "os", "system"]]]),
    "an object of a class never described": frame(["r", [0], [], [["h", 9, [[1]]], ["k", 8]]]),
}


@pytest.mark.parametrize("lie", LIES)
def test_no_bytes_pass(lie):
    def serve(fd):
        os.read(fd, 1 << 16)
        os.write(fd, READY)
        os.read(fd, 1 << 16)
        os.write(fd, LIES[lie])
        os.read(fd, 1 << 16)

    reports, status = talk(serve, case("self.assertEqual(f(), 3)"))
    assert [report.outcome for report in reports] in ([constants.TAMPERED], [constants.ERROR], [constants.FAILED], [])
    assert reports or status == GONE_EXIT


def test_half_a_frame_and_the_end_is_no_report():
    def serve(fd):
        os.read(fd, 1 << 16)
        os.write(fd, READY[:-1])

    assert talk(serve, case("f()")) == ([], GONE_EXIT)


def test_a_test_that_catches_everything_does_not_hide_the_end():
    def serve(fd):
        os.read(fd, 1 << 16)
        os.write(fd, READY)

    assert talk(serve, case("try:", "    f()", "except:", "    pass")) == ([], GONE_EXIT)


def test_calling_back_inside_each_other_ends():
    program = "def f(g):\n    return g(f)\n"
    assert grade(program, case("self.assertEqual(f(lambda h: h(lambda i: f(i))), 1)", "")) == [constants.ERROR]


def test_private_parts_of_what_a_test_passes_are_out_of_reach():
    program = (
        "def f(o):\n    for name in ('__globals__', '__code__', '__class__', 'secret', 'test_it', '__init__'):\n"
        "        if 'SECRET' in str(getattr(o, name, '')):\n            return 1\n    return 0\n"
    )
    assert grade(program, case("secret = 'SECRET'", "self.assertEqual(f(lambda: secret), 0)")) == [constants.PASSED]
    assert grade(program, case("self.secret = 'SECRET'", "self.assertEqual(f(self), 0)")) == [constants.UNSERVED]


def test_a_wrapper_of_the_program_decorates_a_method_of_the_test():
    program = (
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def inner(*args):\n        return 2 * f(*args)\n"
        "    return inner\n"
    )
    lines = "class C:", "    @twice", "    def f(self, x): return self.k + x", "    k = 1"
    assert_passes(program, *lines, "self.assertEqual(C().f(2), 6)", "self.assertEqual(C.f(C(), 2), 6)")


def test_methods_sentinels_and_patterns_of_the_test_keep_what_they_are():
    program = (
        "seen = []\ndef on(f):\n    seen.append(f)\ndef off(f):\n    seen.remove(f)\n    return len(seen)\n"
        "def same(a, b):\n    return a is b\n"
        "def echo(a):\n    return a\ndef find(pattern, text):\n    return pattern.findall(text)\n"
    )
    top = "class K:\n    def m(self):\n        pass\n    def n(self):\n        pass\n"
    assert_passes(program, "k = K(); on(k.m); on(k.n); self.assertEqual(off(k.m), 1)", top=top)
    assert_passes(program, "a, b = object(), object()", "assert same(a, a) and not same(a, b)", "self.assertIs(echo(a), a)")
    assert_passes(program, "import re", "self.assertEqual(find(re.compile('A+', re.I), 'aab'), ['aa'])")
    assert_passes(program, "import re", "self.assertEqual(find(re.compile(b'a'), b'aab'), [b'a', b'a'])")


def test_classes_of_the_program_take_hints_and_match_by_position():
    program = (
        "from dataclasses import dataclass\nfrom typing import Generic, TypeVar\nT = TypeVar('T')\nclass Stack(Generic[T]):\n"
        "    def __init__(self):\n        self.items = []\n@dataclass\nclass P:\n    x: int\n    y: int\n"
    )
    assert_passes(program, "self.assertEqual(Stack[int]().items, [])", "self.assertRaises(TypeError, lambda: P[int])")
    assert_passes(program, "match P(1, 2):", "    case P(1, y): self.assertEqual(y, 2)", "    case _: self.fail()")


def test_exception_classes_of_the_test_are_raised_and_caught_by_the_program():
    top = "class Bad(ValueError):\n    pass\nclass Worse(Bad):\n    pass\n"
    program = (
        "def caught(f, kind):\n    try:\n        f()\n    except kind as error:\n        return type(error).__name__, error.args\n"
        "def throw(kind):\n    raise kind('no', 7)\ndef again(error):\n    raise error\n"
    )
    line = "def f(): raise Worse('x')"
    for kind in ("Worse", "Bad", "ValueError", "(KeyError, Bad)"):
        assert_passes(program, line, f"self.assertEqual(caught(f, {kind}), ('Worse', ('x',)))", top=top)
    assert grade(program, top + case(line, "caught(f, KeyError)")) == [constants.ERROR]
    assert_passes(
        program, "with self.assertRaises(Bad) as c: throw(Worse)", "self.assertEqual(c.exception.args, ('no', 7))", top=top
    )
    assert_passes(program, "e = Worse()", "with self.assertRaises(Bad) as c: again(e)", "self.assertIs(c.exception, e)", top=top)
    assert_passes(program, "import json", "self.assertIsNone(caught(lambda: None, json.JSONDecodeError))")


def test_members_of_the_test_s_enumerations_have_names_and_values():
    top = "import enum\nclass Hue(enum.Enum):\n    RED = 1\n    BLUE = (2, 3)\n"
    program = "def tell(hue):\n    return hue.name, hue.value\ndef echo(hues):\n    return hues[::-1]\n"
    assert_passes(program, "self.assertEqual((tell(Hue.RED), tell(Hue.BLUE)), (('RED', 1), ('BLUE', (2, 3))))", top=top)
    assert_passes(program, "self.assertEqual(echo([Hue.RED, Hue.BLUE]), [Hue.BLUE, Hue.RED])", top=top)
    assert_passes(program, "self.assertIs(Hue.RED.name, 'RED'); echo([Hue.RED]); self.assertEqual(Hue(1).name, 'RED')", top=top)


def test_the_program_sees_what_methods_of_the_test_s_objects_change():
    top = (
        "class Account:\n    def __init__(self, balance):\n        self.balance, self.log, self.last = balance, [], None\n"
        "    def withdraw(self, n):\n        if n > self.balance: raise ValueError\n        self.balance -= n\n"
        "        self.log.append(n)\n        self.calls = len(self.log)\n"
    )
    program = (
        "def pay(a, n):\n    a.withdraw(n)\n    return a.balance\ndef drain(a):\n    while a.balance >= 3:\n        a.withdraw(3)\n"
        "def name(a):\n    a.withdraw(1)\n    a.balance += 5\n    return a.calls\n"
        "def each(accounts):\n    return [pay(a, 1) for a in accounts]\n"
    )
    state = "self.assertEqual((a.balance, a.log, a.calls), {})"
    assert_passes(program, "a = Account(10); log = a.log", "self.assertEqual(pay(a, 4), 6)", state.format("(6, [4], 1)"), top=top)
    assert_passes(program, "a = Account(10); drain(a)", state.format("(1, [3, 3, 3], 3)"), "self.assertIsNone(a.last)", top=top)
    assert_passes(program, "a = Account(10)", "self.assertEqual(name(a), 1)", "self.assertEqual(a.balance, 14)", top=top)
    assert_passes(program, "a = Account(2)", "self.assertRaises(ValueError, pay, a, 4)", "self.assertEqual(pay(a, 1), 1)", top=top)
    assert_passes(program, "self.assertEqual(each([Account(3), Account(2)]), [2, 1])", top=top)
