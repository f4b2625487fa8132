"""Containers that the test and the program both hold are one container for each of them."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

PROGRAM = """
import collections, io
kept = []
def keep(*values):
    kept.extend(values)
def grow(x=1):
    kept[0].append(x)
def total():
    return sum(kept[0])
def seen():
    return kept[0]
def show():
    return repr(kept)
def fresh():
    return [[1], {'k': [2]}]
def write(text):
    kept[0].write(text)
class Tree:
    def __init__(self, value):
        self.value, self.children, self.data = value, [], {}
    def size(self):
        return 1 + sum(child.size() for child in self.children)
    def grow(self):
        self.children.append(Tree(0))
def make():
    return Tree(1)
"""


BUILTINS = {
    "OrderedDict": ("OrderedDict(a=1, b=2)", "x.move_to_end('a')", "x.popitem()"),
    "defaultdict": ("defaultdict(list)", "x['k'].append(1)", "x['k'].append(2)"),
    "Counter": ("Counter('ab')", "x.update('a')", "x.subtract('b')"),
    "deque": ("deque([1], 3)", "x.appendleft(4)", "x.rotate()"),
    "set": ("{1}", "x.add(2)", "x.discard(1)"),
    "bytearray": ("bytearray(b'a')", "x.append(65)", "x.clear()"),
    "dict": ("{'a': 1}", "x['b'] = x.pop('a')", "x.setdefault('c', [])"),
    "list": ("[1, 2]", "x[0] = True", "x[:] = x + x"),
    "array": ("np.zeros(4)", "x[2] = 5", "x += 1"),
    "shape": ("np.arange(4)", "x.shape = 2, 2", "x *= 2"),
}


@pytest.mark.parametrize("kind", BUILTINS)
def test_a_builtin_is_one_container_on_both_sides(kind):
    value, ours, theirs = BUILTINS[kind]
    program = f"import numpy as np\n{PROGRAM}def work():\n    x = kept[0]\n    {theirs}\n"
    top = "import numpy as np\nfrom collections import *\n"
    lines = (
        f"x = {value}; keep(x); {ours}; y = {value}",
        "self.assertEqual(show(), repr([x])); self.assertNotEqual(show(), repr([y]))",
    )
    again = f"x = {value}; {ours}; before = repr(x); keep(x); work()"
    assert_passes(program, *lines, top=top)
    assert_passes(program, again, "self.assertEqual(show(), repr([x])); self.assertNotEqual(before, repr(x))", top=top)


@pytest.mark.parametrize(
    "lines",
    [
        "xs = []; keep(xs); grow(); self.assertEqual(xs, [1]); xs.append(4); self.assertEqual(total(), 5)",
        "xs = []; keep(xs); xs.append(2); self.assertIs(seen(), xs); self.assertEqual(total(), 2)",
        "keep([]); xs = seen(); xs += [1, 2]; self.assertEqual(total(), 3); grow(3); self.assertEqual(xs, [1, 2, 3])",
        "keep([5]); seen().append(2); self.assertEqual(total(), 7)",
        "xs = [7]; keep(xs); xs.append(5); xs = None; self.assertEqual(total(), 12)",
        "xs = [1]; keep(xs); xs.append(xs); self.assertEqual(show(), '[[1, [...]]]')",
        "x, d = fresh(); d['k'].append(x); keep(d); x.append(9); self.assertEqual(show(), repr([d]))",
        "t = make(); t.children.append(make()); t.data['k'] = 1; self.assertEqual((t.size(), t.data), (2, {'k': 1}))",
        "t = Tree(1); c = t.children; t.grow(); self.assertEqual(len(c), 1); self.assertIs(t.children, c)",
        "t = Tree(1); t.children = c = []; t.grow(); self.assertEqual(len(c), 1); c.clear(); self.assertEqual(t.size(), 1)",
        "xs = list(range(999)); keep(xs); xs[5] = None; grow(); self.assertIsNone(seen()[5]); self.assertEqual(len(xs), 1000)",
        "keep(io.StringIO()); s = seen(); s.write('ab'); write('x'); self.assertEqual(s.getvalue(), 'abx')",
    ],
)
def test_containers_that_are_kept_stay_one_and_the_same(lines):
    assert_passes(PROGRAM, lines, top="import io\n")


def test_a_dict_may_change_while_the_test_goes_through_it():
    lines = "d = {'a': 1, 'b': 2}; del d['a']; d['a'] = 3; keep(d)", "for k in d: raise_value(k)"
    program = PROGRAM + "def raise_value(k):\n    kept[0][k] += 1\n"
    assert_passes(program, *lines, "self.assertEqual(d, {'b': 3, 'a': 4})")


NODE = (
    "class Node:\n    def __init__(self, val, next=None):\n        self.val, self.next, self.log = val, next, []\n"
    "    def add(self, x):\n        self.log.append(x); self.last = x\n"
)


@pytest.mark.parametrize(
    "line",
    [
        "n = Node(1); keep(n); n.val = 5; self.assertEqual(read(), 5); n.next = Node(7); self.assertEqual(after(), 7)",
        "n = Node(1, Node(2)); keep(n); cut(); self.assertIsNone(n.next); n.log.append(1); self.assertEqual(logged(), [1])",
        "n = Node(1); keep(n); n.add(4); self.assertEqual(logged(), [4]); self.assertEqual(invoke(n, 6), ([4, 6], 6))",
        "n = Node(1); keep(n); m = n; n = None; cut(); self.assertIs(give(), m)",
    ],
)
def test_objects_of_the_test_have_the_same_fields_on_both_sides(line):
    program = (
        "def keep(n):\n    global kept\n    kept = n\ndef read():\n    return kept.val\ndef after():\n    return kept.next.val\n"
        "def cut():\n    kept.next = None\ndef logged():\n    return kept.log\ndef give():\n    return kept\n"
        "def invoke(n, x):\n    n.add(x)\n    return n.log, n.last\n"
    )
    assert_passes(program, line, top=NODE)


def test_callbacks_and_calls_see_each_other_s_changes():
    program = (
        "def run(f, xs):\n    xs.append('a')\n    f()\n    xs.append('c')\n    return list(xs)\n"
        "def spread(f):\n    ys = []\n    f(ys)\n    f(ys)\n    return ys\n"
    )
    assert_passes(program, "xs = []; got = run(lambda: xs.append('b'), xs)", "self.assertEqual((got, xs), ([*'abc'], [*'abc']))")
    assert_passes(program, "got = spread(lambda ys: ys.append(len(ys)))", "self.assertEqual(got, [0, 1])")


GLOBALS = """
counter = 0
table = {'a': 1}
last = None
entries = []
def tick():
    global counter, last
    counter += 1
    last = [counter]
    entries.append(counter)
    return counter
def get(name):
    return table[name]
def fresh_entries():
    global entries
    entries = []
class Box:
    made = 0
    def __init__(self):
        Box.made += 1
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("tick(); tick(); self.assertEqual((counter, last, entries), (2, [2], [1, 2]))",),
        ("global counter", "counter = 5", "self.assertEqual(tick(), 6); self.assertEqual(counter, 6)"),
        ("global counter", "counter += 1", "self.assertEqual(tick(), 2)"),
        ("table['b'] = 3; self.assertEqual(get('b'), 3); table.clear(); self.assertRaises(KeyError, get, 'a')",),
        ("entries.append(0); tick(); self.assertEqual(entries, [0, 1]); fresh_entries(); tick(); self.assertEqual(entries, [2])",),
        ("old = entries; fresh_entries(); entries.append(3); tick(); self.assertEqual((old, entries), ([], [3, 1]))",),
        ("last = None; tick(); self.assertIsNone(last)",),
        ("Box(); Box(); self.assertEqual(Box.made, 2); Box.made = 7; Box(); self.assertEqual(Box.made, 8)",),
        ("import solution; solution.counter = 4; tick(); self.assertEqual((solution.counter, solution.last), (5, [5]))",),
        ("from solution import entries as mine; tick(); self.assertEqual(mine, [1])",),
    ],
)
def test_data_under_the_program_s_names_is_live(lines):
    assert_passes(GLOBALS, *lines)


def test_every_test_begins_with_the_program_s_first_values():
    tests = [case("self.assertEqual((tick(), counter, entries), (1, 1, [1])); entries.append(5)")] * 2
    assert grade(GLOBALS, *tests) == [constants.PASSED] * 2


@pytest.mark.parametrize(
    "value", ["len", "max", "[].append", "Box", "json", "lambda x: x", "lru_cache(len)", "partial(len)", "Lock()"]
)
def test_a_name_may_come_to_hold_anything(value):
    """Functions, classes and modules are not watched; what is watched may become one."""
    program = (
        "import json\nfrom functools import lru_cache, partial\nfrom threading import Lock\nclass Box: pass\n"
        f"thing = {value}\nother = None\ndef swap():\n    global thing, other\n    other, thing = {value}, 3\n    return 1\n"
    )
    assert grade(program, case("thing, other; swap(); swap(); self.assertEqual(swap(), 1)"))[0] in (
        constants.PASSED,
        constants.UNSERVED,
    )


def test_the_program_rebinds_no_name_of_the_test_s_own():
    program = (
        "WANTED = 0\ndef helper(x):\n    return x\n"
        "def f():\n    global WANTED, helper\n    WANTED = 1\n    helper = lambda x: 2\n    return 1\n"
    )
    top = "WANTED = 2\ndef helper(x):\n    return x\n"
    assert grade(program, top + case("f(); self.assertEqual(f(), helper(WANTED))")) == [constants.FAILED]


def test_what_the_test_never_passed_never_crosses():
    """The program looks for a list that holds its argument's half, which only a list of the test does."""
    program = (
        "import gc\ndef f(x):\n    return x\ndef look(half):\n"
        "    pairs = [o for o in gc.get_objects() if type(o) is list and list(map(type, o)) == [int, int]]\n"
        "    return any(o[0] == 2 * half and o[1] == -half for o in pairs)\n"
    )
    assert_passes(program, "own = [7062]; f([1]); own.append(-3531)", "self.assertFalse(look(3531))")
    assert_passes(program, "own = [7062]; f(own); own.append(-3531)", "self.assertTrue(look(3531))")


SERVER = """
import sys
def server():
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get('self'), 'links'):
        frame = frame.f_back
    return frame.f_locals['self']
"""


def hostile(change):
    """A program that sends a change of its own making with the answer to the call of `g`."""
    return (
        f"{SERVER}def f(*args):\n    return [0]\ndef g(*args):\n"
        f"    links = server().links\n    old = links.outgoing\n    links.outgoing = lambda *rest: [old(*rest), {change}][1]\n"
        "    return 1\n"
    )


@pytest.mark.parametrize(
    "change",
    [
        "[[1], [[8, ['l', [3]]]], [], []]",
        "[[1], [[0, ['d', [3, 3]]]], [], []]",
        "[[1], [[0, ['o', ['x', 3]]]], [], []]",
        "[[1], [[0, ['?', 3]]], [], []]",
        "[[1], [[0, ['l', [[5]]]]], [], []]",
        "[[1], [['0', ['l', [3]]]], [], []]",
        "[[1], [[0]], [], []]",
        "[[0, 0], [], [], []]",
        "[[1, 0], [], [], []]",
        "[[3, 7], [], [], []]",
        "[[3, -1], [], [], []]",
        "[[], [], [], []]",
        "[['3'], [], [], []]",
        "[[3, True], [], [], []]",
        "[[-1], [], [], []]",
        "[3, [], [], []]",
        "[[1], [], [[]], []]",
        "[[1], [], [], [['self', 3]]]",
        "[[1], [], [], [['g', 3]]]",
        "[[1], [], [], [['C', 3]]]",
        "[[1], [], [], [[1, 3]]]",
        "[1]",
        "3",
        "{'a': 1}",
    ],
)
def test_a_change_of_what_is_not_linked_breaks_the_protocol(change):
    assert grade(hostile(change), case("xs = [1]; f(xs); ys = f(); g(); self.assertEqual(xs, [1])")) == [constants.TAMPERED]


def test_a_hostile_change_of_a_linked_container_is_data():
    program = hostile("[[1], [[0, ['l', [3, 4]]]], [], []]")
    assert grade(program, case("xs = [1]; f(xs); g(); self.assertEqual(xs, [3, 4])")) == [constants.PASSED]


SHORTENING = """
kept = []
def results():
    kept[:] = [1, 0, 0]
    return kept
def check(x):
    kept.clear()
    return True
"""


@pytest.mark.parametrize("loop", ["for x in results():", "for i, x in enumerate(results()):", "for x in reversed(results()):"])
def test_a_list_is_not_shortened_while_the_test_goes_through_it(loop):
    assert grade(SHORTENING, case(loop, "    self.assertTrue(check(x)); self.assertEqual(x, 1 - i)")) != [constants.PASSED]
    assert_passes(SHORTENING, "xs = results(); check(1); self.assertEqual(xs, [])")


KEEPING = (
    SERVER
    + """
kept = []
def links():
    return len(server().links.by_id)
def rows(n):
    return [[i] for i in range(n)]
def keep(x):
    kept.append(x)
def forget(x):
    pass
"""
)


@pytest.mark.parametrize(
    ("lines", "most"),
    [
        ("for i in range(30): rows(9)", 4),
        ("out = [rows(9) for i in range(30)]", 12),
        ("for i in range(30): keep([i])", 4),
        ("out = [[i] for i in range(30)]; [forget(x) for x in out]", 4),
        ("class N: pass\n        for i in range(30): forget(N())", 4),
        ("out = [[i] for i in range(30)]; [keep(x) for x in out]", 40),
    ],
)
def test_what_one_side_alone_holds_is_linked_no_longer(lines, most):
    assert_passes(KEEPING, *lines.split("\n        "), f"links(); self.assertIn(links(), range({most}))")


def test_a_set_whose_items_move_while_the_test_goes_through_it_passes_no_test():
    program = (
        "found = {3, 4, 5, 7}\ndef give():\n    return found\n"
        "def move(x):\n    found.clear()\n    found.update({0, 1, 2, 3})\n    return x\n"
    )
    assert grade(program, case("for x in give(): self.assertEqual(move(x), 3)")) == [constants.UNSERVED]
