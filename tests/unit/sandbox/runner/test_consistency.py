"""What an object of the program says of itself must agree: with its fields, its length, its items, and with itself."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

LOST = (constants.FAILED, constants.ERROR, constants.UNSERVED)
POINT = """
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __eq__(self, other):
        return EQUAL
    def __hash__(self):
        return HASH
"""
HONEST = POINT.replace("EQUAL", "(self.x, self.y) == (other.x, other.y)").replace("HASH", "hash((self.x, self.y))")


@pytest.mark.parametrize(
    ("equal", "line"),
    [
        (equal, "assert Point(1, 2) == Point(1, 2)")
        for equal in ("False", "None", "NotImplemented", "self.x != other.x", "self", "1 / 0")
    ]
    + [(equal, "assert Point(1, 2) != Point(1, 3)") for equal in ("True", "1", "self.x == other.x", "self", "1 / 0")],
)
def test_an_equality_that_contradicts_the_fields_passes_nothing(equal, line):
    assert_passes(HONEST, line)
    assert grade(POINT.replace("EQUAL", equal).replace("HASH", "1"), case(line))[0] in LOST


def test_no_comparison_ends_a_loop_of_the_test():
    program = POINT.replace("EQUAL", "next(iter(()))").replace("HASH", "1")
    assert grade(program, case("assert all(map(lambda p: p == Point(1, 2), [Point(1, 2)]))")) == [constants.ERROR]


def test_equal_objects_have_one_hash_where_the_test_uses_it():
    line = "self.assertEqual(len({Point(1, 2), Point(1, 2)}), 1); self.assertEqual({Point(1, 2): 3}[Point(1, 2)], 3)"
    wrong = HONEST.replace("hash((self.x, self.y))", "id(self)")
    assert_passes(HONEST, line)
    assert grade(wrong, case(line)) == [constants.UNSERVED]
    assert_passes(wrong, "assert Point(1, 2) == Point(1, 2)")
    assert_passes(HONEST + "def both():\n    return {Point(1, 2), Point(1, 3)}\n", "assert both() == {Point(1, 3), Point(1, 2)}")


LINKED = """
class Node:
    def __init__(self, value, before):
        self.value, self.before, self.after = value, before, None
class Linked:
    def __init__(self, *values):
        self.head = last = None
        for value in values:
            node = Node(value, last)
            if last: last.after = node
            else: self.head = node
            last = node
    def values(self):
        node = self.head
        while node:
            yield node.value
            node = node.after
    def __eq__(self, other):
        return list(self.values()) == list(other.values())
"""


def test_what_an_object_holds_is_compared_although_it_has_no_equality():
    assert_passes(LINKED, "assert Linked(1, 2, 3) == Linked(1, 2, 3)", "assert Linked(1, 2) != Linked(1, 3)")
    assert_passes(LINKED, "assert Linked() == Linked()", "assert Linked() != Linked(1)")
    assert grade(LINKED.replace("list(self.values()) ==", "True or"), case("assert Linked(1) == Linked(2)"))[0] in LOST


BOX = """
class Box:
    def __init__(self, *items):
        self.items = list(items)
    def __contains__(self, item):
        return item in self.items
"""
ITER = "    def __iter__(self):\n        return iter(self.items)\n"
ITEM = "    def __getitem__(self, name):\n        return {'a': 1}[name]\n"


def test_a_class_that_is_tested_says_what_is_in_it_and_what_a_call_returned_does_not():
    line = "b = Box(1, 2); self.assertIn(2, b); self.assertNotIn(3, b); b.items"
    wrong = BOX.replace("item in", "item not in")
    for more in ("", ITER, ITEM):
        assert_passes(BOX + more, line)
        assert grade(wrong + more, case(line))[0] in LOST
        held = BOX + more + "def box():\n    return Box(1, 2)\n"
        assert grade(held.replace("item in", "True or item in"), case("self.assertIn(3, box()); Box")) == [constants.UNSERVED]


ASKED = """
class Told:
    seen = 0
    def __iter__(self):
        for number in range(10):
            yield number
            self.seen = number
    SIZE
    def last(self):
        return self.seen
def f():
    return Told()
def last(told):
    return told.seen
"""


def test_looking_for_an_item_does_not_tell_which():
    line = "r = f(); self.assertIn(4, r); self.assertEqual(last(r), {})"
    for program in (ASKED, ASKED.replace("SIZE", "__len__ = lambda self: 10")):
        assert_passes(program.replace("SIZE", "pass"), line.format(9))
    assert grade(ASKED.replace("SIZE", "__len__ = lambda self: 3"), case(line.format(9))) == [constants.UNSERVED]
    endless = "class A:\n    def __iter__(self):\n        n = 0\n        while True:\n            yield n\n            n += 1\n"
    assert grade(endless + "def f():\n    return A()\n", case("self.assertIn(4, f())")) == [constants.UNSERVED]
    assert_passes(
        endless + "    def __contains__(self, n):\n        return 0 < n < 99\n",
        "self.assertIn(4, A()); self.assertTrue(-1 not in A()); self.assertIsInstance(A(), A)",
    )


SIZED = """
class Result:
    def __init__(self, *items):
        self.items = list(items)
    def __len__(self):
        return LENGTH
    def put(self, item):
        self.items.append(item)
    WALK
def f():
    return Result(1, 2, 3)
"""
WALKS = (
    "def __iter__(self):\n        return iter(ITEMS)",
    "def __getitem__(self, n):\n        return ITEMS[n]",
    "def __iter__(self):\n        self.n = -1\n        return self\n"
    "    def __next__(self):\n        self.n += 1\n        if self.n >= len(ITEMS): raise StopIteration\n"
    "        return ITEMS[self.n]",
)


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize(("length", "items"), [("3", "[]"), ("3", "self.changing()"), ("self.growing()", "self.changing()")])
def test_a_returned_object_is_as_long_as_what_it_holds(walk, length, items):
    lines = "r = f(); self.assertEqual(len(r), 3)", "for a, b in zip(r, [1, 2, 3]): self.assertEqual(a, b)"
    more = (
        "    times = 0\n    def changing(self):\n        self.times += 1\n        return self.items if self.times < 2 else []\n"
        "    lengths = 0\n    def growing(self):\n        self.lengths += 1\n        return 3 if self.lengths < 2 else 0\n"
    )
    program = SIZED.replace("WALK", walk + "\n" + more)
    honest = program.replace("LENGTH", "len(self.items)").replace("ITEMS", "self.items")
    assert_passes(honest, *lines, "r.put(4); self.assertEqual((len(r), list(r)), (4, [1, 2, 3, 4])); self.assertIn(4, r)")
    wrong = program.replace("LENGTH", length).replace("ITEMS", items).replace("Result(1, 2, 3)", "Result(4, 5, 6)")
    assert grade(wrong, case(*lines))[0] in LOST


def test_what_cannot_be_iterated_has_a_length_all_the_same():
    walk = "def __getitem__(self, name):\n        return {'a': 1}[name]"
    program = SIZED.replace("LENGTH", "1").replace("WALK", walk)
    assert_passes(program, "r = f(); self.assertEqual((len(r), r['a']), (1, 1)); self.assertRaises(KeyError, list, r)")
