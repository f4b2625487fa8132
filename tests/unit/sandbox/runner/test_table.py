"""The table of what a test may do with objects of the program: every row by example, for honest programs and for lying ones."""

import pytest
from talking import case, grade

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.tester.program_names import plan

PASSED, FAILED, ERROR, UNSERVED = constants.PASSED, constants.FAILED, constants.ERROR, constants.UNSERVED
HONEST = """
import functools
class Money:
    def __init__(self, amount):
        self.amount = amount
    def _of(self, other):
        return other.amount if isinstance(other, Money) else other
    def __eq__(self, other):
        return self.amount == self._of(other) if isinstance(other, (Money, int)) else NotImplemented
    def __lt__(self, other):
        return self.amount < self._of(other) if isinstance(other, (Money, int)) else NotImplemented
    def __gt__(self, other):
        return self.amount > self._of(other)
    def __add__(self, other):
        return Money(self.amount + self._of(other))
    __radd__ = __add__
    def __sub__(self, other):
        return self.amount - self._of(other)
    def __hash__(self):
        return hash(self.amount)
    def isdigit(self):
        return True
    def count(self, part):
        return str(self.amount).count(part)
def coin(amount):
    return Money(amount)
class Caseless:
    def __init__(self, text):
        self.text = text
    def __eq__(self, other):
        return self.text.lower() == (other.text if isinstance(other, Caseless) else other).lower()
    def __hash__(self):
        return hash(self.text.lower())
class Ratio:
    def __init__(self, up, down):
        self.up, self.down = up, down
    def __eq__(self, other):
        return self.up * other.down == self.down * other.up
@functools.total_ordering
class Person:
    def __init__(self, name, age):
        self.name, self.age = name, age
    def __eq__(self, other):
        return (self.name, self.age) == (other.name, other.age)
    def __lt__(self, other):
        return self.age < other.age
    def __le__(self, other):
        return self.age <= other.age
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)
    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)
    def __abs__(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5
def make_vector(x, y):
    return Vector(x, y)
class Bag:
    def __init__(self, *items):
        self.items = list(items)
    def __len__(self):
        return len(self.items)
    def __iter__(self):
        return iter(set(self.items))
    def __eq__(self, other):
        return self.items == (other.items if isinstance(other, Bag) else other)
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self):
        return self.items.pop()
    def append(self, item):
        self.items.append(item)
    def keys(self):
        return list(self.items)
def bag(*items):
    return Bag(*items)
class Headers:
    def __init__(self):
        self.names = ['Accept']
    def __contains__(self, name):
        return name.lower() in map(str.lower, self.names)
    def __iter__(self):
        return iter(self.names)
def headers():
    return Headers()
class Missing(KeyError, AttributeError):
    pass
def missing():
    raise Missing('x')
class Square:
    def __init__(self, side):
        self.side = side
    def __eq__(self, other):
        return self.side == getattr(other, 'side', None)
class Oblong:
    def __init__(self, side):
        self.side = side
class Frozen:
    def __eq__(self, other):
        return True
    def __hash__(self):
        raise RuntimeError('changes')
class Plain:
    def __weakref__(self):
        return 5
    def __fields__(self):
        return 6
    def __getstate__(self):
        return 7
    def __fspath__(self):
        return '/tmp/x'
class Meta(type):
    def __len__(cls):
        return 2
    def __iter__(cls):
        return iter('ab')
    def __getitem__(cls, key):
        return key * 2
class Registry(metaclass=Meta):
    pass
class Typed:
    def __class_getitem__(cls, key):
        return 'item ' + key
class Quiet:
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return True
    def fail(self):
        raise ValueError
"""
USED = "; m = Money(1); m.amount"
"""Shows that the test uses the name as a class."""
ROWS = [
    ("assert Money(1) == 1 and Money(1) != 2" + USED, UNSERVED),
    ("assert 1 == Money(1)" + USED, UNSERVED),
    ("self.assertEqual(Money(1), 1)" + USED, UNSERVED),
    ("self.assertNotEqual(Money(1), 2); self.assertNotEqual(Money(1), 'x'); self.assertFalse(Money(1) == None)", PASSED),
    ("assert Money(1) == 1", UNSERVED),
    ("assert Money(1) == coin(1).amount" + USED, UNSERVED),
    ("assert coin(1) == 1" + USED, UNSERVED),
    ("assert coin(1) == 2" + USED, FAILED),
    ("assert Money(1) == 2" + USED, FAILED),
    ("x = 1; assert Money(1) == x" + USED, UNSERVED),
    ("assert Money(1) < 2 and not Money(3) < 2 and Money(3) > 2" + USED, UNSERVED),
    ("self.assertLess(Money(1), 2)" + USED, UNSERVED),
    ("self.assertLess(Money(3), 2)" + USED, FAILED),
    ("with self.assertRaises(TypeError): Money(1) < 'x'", PASSED),
    ("self.assertEqual(Money(30) - 10, 20)" + USED, UNSERVED),
    ("assert Money(30) - 10 == 20" + USED, UNSERVED),
    ("assert Money(30) - 30 == 0" + USED, UNSERVED),
    ("self.assertAlmostEqual(Money(3), 3)" + USED, UNSERVED),
    ("self.assertEqual(coin(30) - 10, 20)" + USED, UNSERVED),
    ("self.assertEqual(Money(1) + 2, Money(3))", PASSED),
    ("self.assertEqual(coin(1) + 2, Money(3))", PASSED),
    ("self.assertEqual(make_vector(1, 2) * 3, make_vector(3, 6))", UNSERVED),
    ("self.assertEqual(make_vector(1, 2) * 3, Vector(3, 6))", PASSED),
    ("self.assertEqual(abs(Vector(3, 4) * 2), 10)", PASSED),
    ("self.assertEqual(abs(Vector(3, 4)), 5)", PASSED),
    ("v = Vector(3, 4); v.x; self.assertEqual(abs(v * 2), 10)", PASSED),
    ("a, b = Caseless('A'), Caseless('a'); a.text; self.assertEqual(a, b)", PASSED),
    ("a, b = Ratio(1, 2), Ratio(2, 4); a.up = 1; self.assertEqual(a, b)", UNSERVED),
    ("a, b = Person('a', 1), Person('b', 1); a.age; assert a <= b and a >= b", PASSED),
    ("self.assertEqual(Caseless('A'), Caseless('a'))", UNSERVED),
    ("self.assertEqual(Caseless('A'), Caseless('b'))", FAILED),
    ("c = Caseless('A'); assert c.text and c == 'a'", UNSERVED),
    ("self.assertEqual(Ratio(1, 2), Ratio(2, 4))", UNSERVED),
    ("self.assertEqual(Ratio(1, 2), Ratio(2, 3))", FAILED),
    ("self.assertEqual(Ratio(1, 2), Ratio(1, 2)); self.assertNotEqual(Ratio(1, 2), Ratio(1, 3))", PASSED),
    ("assert Person('a', 1) <= Person('b', 1)", UNSERVED),
    ("assert Person('a', 1) <= Person('b', 2); self.assertFalse(Person('a', 3) <= Person('b', 2))", PASSED),
    ("b = Bag(1, 2); assert b.items and b == [1, 2]", PASSED),
    ("self.assertEqual(Bag(1, 2), [1, 2])", PASSED),
    ("self.assertEqual(Bag(1, 2), [1, 3])", FAILED),
    ("self.assertNotEqual(Plain(), Plain()); self.assertNotEqual(Plain(), 3)", PASSED),
    ("self.assertEqual(len(bag(1, 1)), 2)", UNSERVED),
    ("self.assertEqual(len(bag(1, 2)), 2); self.assertEqual(list(bag(1, 2)), [1, 2])", PASSED),
    ("h = Headers(); self.assertIn('Accept', h); self.assertEqual(h.names, ['Accept'])", PASSED),
    ("h = Headers(); self.assertIn('accept', h); self.assertEqual(h.names, ['Accept'])", PASSED),
    ("self.assertIn('Accept', headers())", PASSED),
    ("self.assertIn('accept', headers())", UNSERVED),
    ("self.assertNotIn('x', headers()); Headers", PASSED),
    ("self.assertNotIn('x', headers())", UNSERVED),
    ("self.assertIn('x', headers())", FAILED),
    ("self.assertRaises(AttributeError, missing)", UNSERVED),
    ("self.assertRaises(KeyError, missing)", UNSERVED),
    ("self.assertRaises(ValueError, missing)", ERROR),
    ("a, b = Square(1), Oblong(1); self.assertTrue(a == b); a.side; b.side", UNSERVED),
    ("a, b = Square(1), Oblong(1); self.assertEqual(a, b); a.side; b.side", UNSERVED),
    ("self.assertNotEqual(Square(1), Oblong(2)); self.assertNotIn(Oblong(2), [Square(1)])", PASSED),
    ("self.assertRaises(RuntimeError, hash, Frozen()); self.assertRaises(RuntimeError, lambda: {Frozen()})", PASSED),
    ("self.assertNotEqual(hash(Money(1)), hash(Money(2))); self.assertEqual(hash(Money(1)), hash(Money(1)))", PASSED),
    ("self.assertEqual(len({Money(1), Money(2), Money(1)}), 2); self.assertEqual({coin(1): 2}[Money(1)], 2)", PASSED),
    ("self.assertTrue(Money(1).isdigit())" + USED, PASSED),
    ("self.assertTrue(coin(1).isdigit())" + USED, UNSERVED),
    ("self.assertEqual(coin(11).count('1'), 2)" + USED, PASSED),
    ("self.assertEqual(coin(11).count('1'), 2)", UNSERVED),
    ("b = bag(1); b.append(2); self.assertEqual((b.pop(), b.keys()), (2, [1]))", PASSED),
    ("self.assertRaises(AttributeError, lambda: bag(1).startswith('x'))", PASSED),
    ("p = Plain(); self.assertEqual((p.__weakref__(), p.__fields__(), p.__getstate__()), (5, 6, 7))", PASSED),
    ("import os; self.assertEqual(os.fspath(Plain()), '/tmp/x')", PASSED),
    ("self.assertEqual((len(Registry), list(Registry), Registry['a']), (2, ['a', 'b'], 'aa'))", PASSED),
    ("self.assertEqual(Typed['a'], 'item a'); self.assertRaises(TypeError, len, Typed)", PASSED),
    ("with Quiet() as q: raise KeyError", PASSED),
    ("with Quiet() as q: q.fail()", UNSERVED),
    ("with Quiet() as q: self.fail()", UNSERVED),
    ("import copy; b = Bag(1); c = copy.deepcopy(b); c.push(2); self.assertEqual((b.items, c.items), ([1], [1, 2]))", PASSED),
]


@pytest.mark.parametrize(("line", "outcome"), ROWS)
def test_an_honest_program_comes_out_right_or_unserved(line, outcome):
    assert grade(HONEST, case(line)) == [outcome]


LIAR = """
import itertools
seen = []
class Liar(Exception if RAISED else object):
    def __init__(self, *args):
        self.args_given = args
    def __getattr__(self, name):
        if name.startswith('__'): raise AttributeError(name)
        return self
    def __call__(self, *args):
        seen.extend(args)
        return ANSWER
def answer(name):
    numbers = {'hash': 0, 'len': 1, 'int': 3, 'index': 3, 'float': 3.0, 'round': 3, 'abs': 0}
    numbers |= dict.fromkeys(('str', 'repr', 'format'), '3')
    def method(self, *args):
        seen.extend(args)
        if name in ('iter', 'reversed'):
            return iter(seen[-1:] or [3])
        if name in ('add', 'radd', 'sub', 'rsub', 'mul', 'rmul', 'truediv', 'rtruediv', 'mod', 'and', 'or', 'xor', 'divmod'):
            return ANSWER
        return numbers.get(name, True)
    return method
for name in '''eq ne lt le gt ge hash bool len iter contains add radd sub rsub mul rmul truediv rtruediv abs round int float
        index str repr format mod and or xor divmod reversed'''.split():
    setattr(Liar, f'__{name}__', answer(name))
for name in 'startswith endswith isdigit isupper count index find get keys values items split union difference issubset'.split():
    setattr(Liar, name, lambda self, *args: ANSWER)
"""
FUNCTION = "def thing(*args):\n    return Liar()\n"
UNDER_A_CLASS_NAME = "Thing = Liar\n"
METHOD = "class Solution:\n    def thing(self, *args):\n        return GIVEN\n"
CLAIMS = (
    "self.assertEqual({}, 4)",
    "assert {} == 4",
    "assert 4 == {}",
    "self.assertTrue({} == 4 and not {} != 4)",
    "self.assertNotEqual({}, 7) or self.assertEqual({}, 4)",
    "self.assertIn({}, [4, 5])",
    "self.assertIn(4, {})",
    "assert 3.9 < {} < 4.1",
    "self.assertGreater({}, 3)",
    "assert abs({} - 4) < 1e-6",
    "assert abs(4 - {}) < 1e-6",
    "assert round({} - 4, 5) == 0",
    "assert not {} - 4",
    "assert {} % 4 == 0",
    "assert {} - 1 == 3",
    "self.assertAlmostEqual({}, 4)",
    "import math; assert math.isclose({}, 4)",
    "self.assertEqual([{}], [4])",
    "self.assertEqual({{'a': {}}}, {{'a': 4}})",
    "self.assertListEqual(list({}), [4])",
    "self.assertEqual(sorted([{}, 1]), [1, 4])",
    "self.assertEqual(max({}, 1), 4)",
    "self.assertTrue({}.startswith('4') and {}.endswith('4'))",
    "self.assertEqual({}.union({{4}}), {{4}})",
    "self.assertTrue({}.isdigit() and {}.issubset({{4}}))",
    "import numpy as np; np.testing.assert_allclose({}, 4)",
    "import numpy as np; assert np.isclose({}, 4)",
    "self.assertTrue(any({} == 4 for _ in range(3)))",
    "self.assertTrue(4 in ({},))",
    "self.assertEqual({}.count(4), 4)",
)


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("gives", ["self", "0", "True", "3"])
def test_what_lies_about_everything_passes_no_claim(claim, gives):
    liar = LIAR.replace("ANSWER", gives).replace("RAISED", "False")
    programs = {
        "thing(2)": liar + FUNCTION,
        "Thing(2)": liar + UNDER_A_CLASS_NAME,
        "Solution().thing(2)": liar + METHOD.replace("GIVEN", "Liar()"),
        "s.thing(2)": liar + METHOD.replace("Solution:", "Solution(Liar):").replace("GIVEN", "self"),
    }
    for call, program in programs.items():
        before = ("s = Solution()",) if call.startswith("s.") else ()
        assert grade(program, case(*before, *claim.format(*[call] * 4).split("; ")))[0] != PASSED, call


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("a = Account(); a.put(5); assert a == 5", "def __eq__(self, other): return True"),
        ("a = Account(); a.put(5); assert a > 4", "def __gt__(self, other): return True"),
        ("a = Account(); a.put(5); assert a < 6", "def __lt__(self, other): return True"),
        ("a = Account(); a.put(5); assert a.total() == Account(5)", "def __eq__(self, other): return True"),
        ("a = Account(); a.put(5); self.assertEqual(a, Account(5))", "def __eq__(self, other): return True"),
        ("a = Account(); a.put(5); assert abs(a - 5) < 0.1", "def __sub__(self, other): return 0"),
        ("a = Account(); a.put(5); self.assertEqual(a, 5)", "def __eq__(self, other): return other == 5"),
        ("a = Account(); a.put(5); assert a == 5", "def __eq__(self, other): return abs(other) < 10 ** 6"),
        (
            "a = Account(); a.put(5); self.assertNotEqual(a, Account(-5))",
            "__eq__ = lambda self, other: self.n == other.n\n    __ne__ = lambda self, other: True",
        ),
        ("a = Account(); a.put(5); self.assertAlmostEqual(a, Account(5))", "def __sub__(self, other): return 0"),
        ("a = Account(); a.put(5); self.assertIn(5, a)", "__contains__ = lambda self, other: True"),
        ("a = Account(); a.put('x'); self.assertIn('x', a)", "put = print\n    __contains__ = lambda self, other: True"),
        ("a = Account(); a.put(5); self.assertNotIn(5, a.own())", "__contains__ = lambda self, other: False"),
        ("a = Account(); a.put(5); self.assertIn(a.total(), [Account(5)])", "def __eq__(self, other): return True"),
    ],
)
def test_a_class_that_is_tested_does_not_pass_by_saying_yes(line, wrong):
    program = (
        "class Account:\n    def __init__(self, n=0):\n        self.n = n\n    def put(self, n):\n        self.n -= n\n"
        f"    def total(self):\n        return self.n\n    def own(self):\n        return self\n    {wrong}\n"
    )
    assert grade(program, case(line))[0] != PASSED


@pytest.mark.parametrize(
    ("line", "classes"),
    [
        ("s = Stack(); s.push(1)", ("Stack",)),
        ("self.s = Stack(); self.s.push(1)", ("Stack",)),
        ("self.assertEqual(Stack(1).peek(), 1)", ("Stack",)),
        ("self.assertEqual((Vector(1) + Vector(2)).x, 3)", ("Vector",)),
        ("self.assertIsInstance(f(), Stack)", ("Stack",)),
        ("self.assertEqual(Color.RED, f())", ("Color",)),
        ("with Session() as s: s.ask()", ("Session",)),
        ("x = Find_Max([1]); self.assertEqual(x, 1)", ()),
        ("self.assertTrue(Greet('Bob').startswith('Hello'))", ()),
        ("x = Split('a b'); self.assertEqual(x.count('a'), 1)", ()),
        ("self.assertRaises(ValueError, Root, -1); self.assertEqual(Root(4), 2)", ()),
        ("self.assertEqual(Double(a).shape, (2,))", ()),
        ("r = find(1); r.next", ()),
        ("c = Cache(2); c['x'] = 1", ("Cache",)),
        ("c = Cache(2); del c['x']", ("Cache",)),
        ("s = Stack([1]); s.append(2)", ("Stack",)),
        ("self.assertEqual(len(Stack()), 0)", ("Stack",)),
    ],
)
def test_a_name_is_a_class_only_where_the_test_uses_it_so(line, classes):
    text = case(line)
    assert plan(text, compile(text, "<tests>", "exec")).classes == classes


def test_neighbours_of_a_letter_may_be_in_an_object_too():
    program = "class Bag:\n    def __init__(self, items):\n        self.items = list(items)\n"
    program += "    def add(self, item):\n        self.items.append(item)\n    def __contains__(self, item):\n"
    lines = ("b = Bag('ab')", "b.add('c')", "self.assertIn('a', b)", "self.assertIn('b', b)", "self.assertNotIn('z', b)")
    assert grade(program + "        return item in self.items\n", case(*lines)) == [PASSED]
    assert grade(program + "        return True\n", case("b = Bag('abc')", "b.add('d')", "self.assertIn('a', b)")) == [UNSERVED]


RETRIED = """
seen, asked = [], []
class Money:
    def __init__(self, amount):
        self.amount = amount
    def __eq__(self, other):
        seen.append(other)
        return False
    def give(self):
        asked.append(self)
        return seen[-1] if len(asked) > 1 else Money(0)
    def fill(self, items):
        items[:] = seen
    def tell(self, to):
        to(seen[-1])
"""


@pytest.mark.parametrize(
    "line",
    [
        "self.assertTrue(any(Money(1).give() == 50 for _ in range(3)))",
        "m = Money(1); xs = []; self.assertFalse(m.give() == 50); m.fill(xs); self.assertEqual(xs, [50])",
        "m = Money(1); self.assertFalse(m.give() == [50, 51]); self.assertEqual(m.give(), [50, 51])",
        "m = Money(1); self.assertFalse(m.give() == b'ab'); self.assertEqual(m.give(), b'ab')",
        "m = Money(1); self.assertFalse(m.give() == {'a': [10**40]}); self.assertEqual(m.give(), {'a': [10**40]})",
        "m = Money(1); out = []; self.assertFalse(m.give() == 50); m.tell(out.append); self.assertEqual(out, [50])",
    ],
)
def test_what_a_program_learned_by_a_comparison_passes_no_test(line):
    assert grade(RETRIED, case(f"self.assertEqual(Money(2).amount, 2); {line}")) == [UNSERVED]


@pytest.mark.parametrize(
    "line",
    [
        "m = Money(5); self.assertFalse(m == 6); self.assertEqual(m.amount, 5)",
        "m = Money(5); self.assertNotEqual(m + m, 5); self.assertEqual(m.amount, 5)",
        "m = Money(2) + Money(3); self.assertEqual(m.amount, 5); self.assertNotEqual(m, 7); self.assertEqual(m.amount, 5)",
    ],
)
def test_what_a_program_knew_before_a_comparison_it_may_give(line):
    assert grade(HONEST, case(line)) == [PASSED]


def test_a_distance_that_is_nothing_agrees_with_the_fields():
    program = """
class P:
    def __init__(self, x):
        self.x = x
    def __sub__(self, other):
        return P({})
    def __abs__(self):
        return float(abs(self.x))
    def moved(self):
        return P(self.x + 1)
"""
    line = "d = abs(P(1).moved() - P({})); self.assertLess(d, 1e-9)"
    assert grade(program.format("self.x - other.x"), case(line.format(2))) == [PASSED]
    assert grade(program.format("0"), case(line.format(7))) == [UNSERVED]
