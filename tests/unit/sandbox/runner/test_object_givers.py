"""What a call gives is an object of the test's own asking where the test only uses it as one, wherever it calls that name."""

import ast

import pytest
from talking import case, grade

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.tester.class_names import object_givers

PASSED, UNSERVED = constants.PASSED, constants.UNSERVED
HONEST = """
class Roads:
    def __init__(self): self.ends = {}
    def connect(self, a, b):
        self.ends[a] = self.ends[b] = 1
        return self
    def copy_of(self): return Roads().connect(*self.ends)
    def neighbours(self): return sorted(self.ends)
    def startswith(self, text): return self.neighbours()[0].startswith(text)
    def __contains__(self, place): return place in self.ends
"""
HOSTILE = """
class Store:
    def fetch(self, key): return self
    def size(self): return 1
    def startswith(self, text): return True
    def __contains__(self, item): return True
class Number(int):
    def __add__(self, other): return Number(0)
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def half(self): return 1
"""
CASES = [
    (HONEST, "r = Roads().connect('a', 'b'); r.neighbours(); self.assertIn('a', r); self.assertNotIn('c', r)", PASSED),
    (HONEST, "r = Roads(); r.connect('a', 'b').connect('c', 'd'); r.neighbours(); self.assertIn('d', r)", PASSED),
    (HONEST, "r = Roads().connect('a', 'b').copy_of(); r.neighbours(); self.assertIn('b', r)", PASSED),
    (HONEST, "r = Roads().connect('a', 'b').copy_of(); r.neighbours(); self.assertTrue(r.startswith('a'))", PASSED),
    (HONEST, "r = Roads().connect('a', 'b').copy_of(); self.assertIn('b', r); self.assertNotIn('x', Roads())", UNSERVED),
    (HOSTILE, "s = Store(); x = s.fetch('k'); self.assertEqual(s.size(), 1); self.assertTrue(x.startswith('v'))", UNSERVED),
    (HOSTILE, "s = Store(); s.size(); self.assertTrue(s.fetch('k').startswith('v'))", UNSERVED),
    (HOSTILE, "s = Store(); s.size(); self.assertIn('v', s.fetch('k'))", UNSERVED),
    (HOSTILE, "s = Store(); s.size(); self.assertIn('v', s)", UNSERVED),
    (HOSTILE, "n = Number(1); n.half(); self.assertEqual(Number(1) + Number(2), Number(3))", UNSERVED),
]

KINDS = """
import abc, collections, typing
class Meta(type): pass
class A(metaclass=Meta): pass
@typing.runtime_checkable
class Quacks(typing.Protocol):
    def quack(self): ...
class Duck:
    def quack(self): return 'q'
class Liar(type):
    def __instancecheck__(cls, value): return True
class Wanted(metaclass=Liar): pass
class Limited(collections.UserList): pass
class Pairs(collections.UserDict): pass
class Sly:
    def __iter__(self): return iter([1])
    def __eq__(self, other): return True
class Tag(tuple):
    def __truediv__(self, more): return Tag((*self, more))
class Sum:
    def __init__(self, n): self.n = n
    def __radd__(self, other): return self if other == 0 else Sum(self.n + other)
    def __add__(self, other): return Sum(self.n + other.n)
    def __lt__(self, other): return self.n < other.n
"""
CASES += [
    (KINDS, "self.assertIsInstance(A, Meta)", UNSERVED),
    (KINDS, "self.assertIsInstance(Duck(), Quacks)", UNSERVED),
    (KINDS, "self.assertNotIsInstance(A(), Quacks); self.assertNotIsInstance(3, Quacks)", PASSED),
    (KINDS, "self.assertIsInstance(Duck(), Wanted)", UNSERVED),
    (KINDS, "self.assertEqual(Limited([1, 2]), [1, 2]); self.assertEqual(Pairs(a=1), {'a': 1})", PASSED),
    (KINDS, "self.assertEqual(Limited([1, 2]), [1, 3])", constants.FAILED),
    (KINDS, "self.assertEqual(Sly(), [2])", UNSERVED),
    (KINDS, "self.assertEqual(Tag('a') / 'b', ('a', 'b'))", PASSED),
    (KINDS, "a, b = Sum(1), Sum(2); sum([a, b]); self.assertEqual(max(a, b).n, 2)", PASSED),
]


@pytest.mark.parametrize(("program", "line", "outcome"), CASES)
def test_the_program_is_believed_of_objects_only(program, line, outcome):
    assert grade(program, case(line)) == [outcome]


@pytest.mark.parametrize(
    ("text", "givers"),
    [
        ("def t():\n    r = f()\n    r.walk()\n", {"f", "walk"}),
        ("def t():\n    r = f()\n    r.walk()\ndef u():\n    r = f()\n    check(r)\n", {"walk", "check"}),
        ("def t():\n    r = f()\n    r.walk()\n    r = g()\n", {"walk"}),
        ("def t():\n    s.f().walk()\n    x = s.g().lower()\n", {"f", "walk"}),
        ("def t():\n    s.f()\n    self.assertRaises(E, s.f, 1)\n", {"f", "assertRaises", "E"}),
        ("def t():\n    s.f()\n    h = s.f\n", set()),
        ("def t():\n    s.f()\n    getattr(s, 'f')()\n", set()),
    ],
)
def test_the_text_alone_says_what_gives_objects(text, givers):
    assert object_givers(list(ast.walk(ast.parse(text)))) == givers
