"""Classes that the test brings: the program makes objects of those it is given, and never learns more."""

import pytest
from talking import CASE, assert_passes, case, grade, talk

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.candidate.server import serve
from coderm.sandbox.runner.tester.program_names import plan

TOP = """
import abc, enum
def oracle_of(n): return n
from dataclasses import dataclass, field
from typing import NamedTuple, Optional
class ListNode:
    def __init__(self, val=0, next=None):
        self.val, self.next = val, next
class TreeNode:
    kind = 'tree'
    def __init__(self, val, left=None, right=None):
        self.val, self.left, self.right = val, left, right
    def __eq__(self, other):
        return isinstance(other, TreeNode) and (self.val, self.left, self.right) == (other.val, other.left, other.right)
@dataclass
class Point:
    x: int
    y: int = 2
    tags: list = field(default_factory=list)
class Color(enum.Enum):
    RED = 'red'
    BLUE = 'blue'
class Empty(Exception):
    pass
class Full(Empty):
    def __init__(self, size):
        super().__init__(f'full: {size}')
        self.size = size
class Pair(NamedTuple):
    a: int
    b: int = 0
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
class Square(Shape):
    sides = 4
    def __init__(self, n): self.n = n
    def area(self): return self.n ** 2
    @classmethod
    def unit(cls): return cls(1)
    @staticmethod
    def name(): return 'square'
    @property
    def double(self): return 2 * self.n
    @double.setter
    def double(self, value): self.n = value // 2
class Slotted:
    __slots__ = ('a', 'b')
    def __init__(self, a): self.a = a
class Oracle:
    def answer(self): return 42
class Sorted:
    def __init__(self, xs):
        self.answer = sorted(xs)
class Property:
    def __init__(self, xs): self.xs = xs
    @property
    def answer(self): return max(self.xs)
class Items:
    def __init__(self, xs): self.xs = xs
    def __iter__(self): return iter(sorted(self.xs))
class Text:
    def __init__(self, n): self.n = n
    def __str__(self): return 'fizz' * (self.n % 3 == 0)
@dataclass
class Later:
    n: int
    def __post_init__(self): self.answer = self.n ** 2
class Constants:
    FIVE = 5
class Made:
    def __init__(self, n, kept=oracle_of(3)): self.n, self.kept = n, kept
class Global:
    def __init__(self, n): self.answer = EXPECTED
class Attribute:
    answer = oracle_of
    def __init__(self, n): self.n = n
class Below(Sorted):
    def __init__(self, xs): super().__init__(xs)
class Stored:
    __slots__ = ('n', 'items')
    def __init__(self, n, items=None):
        if items is None:
            items = []
        self.n: int = n
        self.items: Optional[list] = items or list()
    def __lt__(self, other): return self.n < other.n
    def __repr__(self): return f'Stored({self.n!r})'
class Shut:
    log = []
    def __enter__(self): self.log.append('in'); return self
    def __exit__(self, *error): self.log.append(error[0] is KeyError); return True
def oracle(): return 42
def is_bad(n): return n > 3
EXPECTED = [1, 2]
def read(node):
    out = []
    while node:
        out.append(node.val)
        node = node.next
    return out
"""
PROGRAM = """
def pair(kind):
    return kind(1).a
def make(cls, *args):
    return cls(*args)
def measure(cls, shape):
    return cls.sides, cls.unit().area(), cls.name(), shape.double, shape.area(), shape.sides, isinstance(shape, cls.__mro__[1])
def halve(shape):
    shape.double = shape.n
    return shape.n, hasattr(shape, 'colour')
def fill(slotted):
    slotted.b = slotted.a + 1
    return slotted
def inside(manager):
    with manager as m:
        raise KeyError
    return m
def link(a, b):
    a.next = b
    return a
def cheat():
    return oracle()
def cheat_more():
    return Oracle().answer()
def cheat_most():
    return EXPECTED
def cheat_by(kind):
    if kind == 'init': return Sorted([2, 1]).answer
    if kind == 'property': return Property([2, 1]).answer
    if kind == 'items': return list(Items([2, 1]))
    if kind == 'text': return str(Text(3))
    if kind == 'later': return Later(3).answer
    if kind == 'constant': return Constants.FIVE
    if kind == 'default': return Made(1).kept
    if kind == 'global': return Global(1).answer
    if kind == 'attribute': return Attribute.answer(3)
    if kind == 'super': return Below([2, 1]).answer
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("self.assertEqual(make(Point, 3, 4), Point(3, 4))",),
        ("self.assertEqual(pair(Pair), 1)",),
        ("self.assertEqual(measure(Square, Square(3)), (4, 1, 'square', 6, 9, 4, True))",),
        ("s = Square(8)", "self.assertEqual(halve(s), (4, False))", "self.assertEqual(s.n, 4)"),
        ("s = Slotted(1)", "self.assertIs(fill(s), s)", "self.assertEqual((s.a, s.b), (1, 2))"),
        ("s = Shut()", "self.assertIs(inside(s), s)", "self.assertEqual(Shut.log, ['in', True])"),
        ("a, b = ListNode(1), ListNode(2)", "self.assertIs(link(a, b), a)", "self.assertIs(a.next, b)"),
        ("self.assertEqual(make(Oracle).answer(), 42)",),
    ],
    ids=lambda lines: lines[0][:60],
)
def test_the_program_uses_classes_of_the_test_that_it_is_given(lines):
    assert_passes(PROGRAM, *lines, top=TOP)


@pytest.mark.parametrize(
    "lines",
    [
        "self.assertEqual(cheat(), oracle())",
        "self.assertEqual(cheat_more(), Oracle().answer())",
        "self.assertEqual(cheat_most(), EXPECTED)",
        "self.assertEqual(cheat_by('init'), [1, 2])",
        "self.assertEqual(cheat_by('property'), 2)",
        "self.assertEqual(cheat_by('items'), [1, 2])",
        "self.assertEqual(cheat_by('text'), 'fizz')",
        "self.assertEqual(cheat_by('later'), 9)",
        "self.assertEqual(cheat_by('constant'), 5)",
        "self.assertEqual(cheat_by('default'), 3)",
        "self.assertEqual(cheat_by('global'), [1, 2])",
        "self.assertEqual(cheat_by('attribute'), 3)",
        "self.assertEqual(cheat_by('super'), [1, 2])",
    ],
)
def test_what_a_test_expects_is_never_given(lines):
    code = compile(PROGRAM, "<solution>", "exec")
    text = f"{TOP}{CASE}        {lines}\n"
    (report,) = talk(lambda fd: serve([code], fd, alone=True), text)[0]
    assert report.outcome == constants.UNSERVED
    assert "is not defined" in report.detail


def test_a_class_that_both_define_is_unserved():
    program = "class Oracle:\n    pass\ndef f():\n    return 5\n"
    assert grade(program, TOP + case("self.assertEqual(f(), 5)")) == [constants.UNSERVED]


def test_cases_that_the_program_brings_are_none_of_the_test():
    program = "import unittest\nclass C(unittest.TestCase):\n    def test_it(self): pass\ndef f():\n    return 5\n"
    assert grade(program, case("self.assertEqual(f(), 5)"), case("self.assertEqual(f(), 6)")) == [
        constants.PASSED,
        constants.FAILED,
    ]


@pytest.mark.parametrize(
    ("top", "name"),
    [
        ("class ListNode:\n    def __init__(self, val=0, next=None):\n        self.val, self.next = val, next\n", "ListNode"),
        ("class Node:\n    def __init__(self, n): self.n = n\n    def __repr__(self): return f'Node({self.n!r})'\n", "Node"),
        (
            "import dataclasses as d\n@d.dataclass\nclass P:\n    xs: list = None\n",
            "P",
        ),
        ("import enum\nclass Color(enum.Enum):\n    RED = 1\n", "Color"),
        ("class Full(Exception):\n    def __init__(self, n):\n        super().__init__(n)\n", "Full"),
        ("def is_bad(n): return n > 3\n", "is_bad"),
        ("class Sorted:\n    def __init__(self, xs): self.answer = sorted(xs)\n", ""),
        ("class Square:\n    def area(self): return 4\n", ""),
        ("def setUpModule(): pass\n", ""),
    ],
)
def test_a_test_that_defines_what_the_program_may_use_falls_back(top, name):
    text = top + case("f()")
    assert plan(text, compile(text, "x", "exec")).obstacle == (name and f"defines {name}, which the program may use")


def test_a_name_that_nobody_has_stays_an_error():
    assert grade("def f():\n    return Missing()\n", TOP + CASE + "        f()\n") == [constants.ERROR]


SEARCHING = """
import gc
def search(*given):
    (proxies,) = [each for each in gc.get_objects() if type(each).__name__ == 'ArgumentProxies' and each._proxies]
    names = ('.', '__iter__', '__getitem__', 'send', 'throw', 'close', '__init__', '__class__', '__dict__', 'more', 5, ['x'])
    values = ('__globals__', '__code__', '__closure__', '__class__', '__dict__', '__init__', '__func__', '__self__', 'gi_frame')
    found = []
    for number in list(proxies._proxies):
        for name in names:
            for args in [(), (5,), ([],), ({},), *((value,) for value in values), *((value, 'x') for value in values)]:
                try:
                    found.append(repr(proxies._call_back(number, name, args, {})))
                except Exception as error:
                    found.append(repr(error))
    return ' '.join(found)
"""
SECRETIVE = """
SECRET = 'the secret'
class Holder:
    __slots__ = ('a',)
    def method(self):
        return 1
def hidden():
    kept = 'the secret'
    def inner(x, y='the secret'):
        return kept == x
    return inner
def numbers():
    inside = 'the secret'
    while True:
        yield 1
"""


def test_a_program_that_calls_back_at_will_finds_nothing_of_the_test():
    given = "Holder(), Holder, hidden(), numbers(), ValueError('x'), (n for n in [1]), [].append"
    lines = (f"found = search({given})", "self.assertGreater(len(found), 100)", "self.assertNotIn('secret', found)")
    assert_passes(SEARCHING, *lines, top=SECRETIVE)
