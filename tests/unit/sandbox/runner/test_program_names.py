"""What a test needs of a program is read from the test alone."""

import math

import pytest

from coderm.sandbox.runner.tester.program_names import harmless_module, plan, resolve_known

CASE = "import unittest\nclass C(unittest.TestCase):\n    def test_it(self):\n        "


def read(text):
    return plan(text, compile(text, "<tests>", "exec"))


@pytest.mark.parametrize(
    ("body", "own", "known"),
    [
        ("self.assertEqual(f(1), len([g]))", ("f", "g"), ()),
        ("self.assertEqual(f(4), abs(inf))", ("f",), ("inf",)),
        ("x = List[int]; self.assertEqual(f(x), math.pi)", ("f",), ("List", "math")),
        ("self.assertEqual(gcd(12, 8), 4)", ("gcd",), ()),
        ("self.assertEqual(sum([1, 2]), 3)", ("sum",), ()),
        ("self.assertEqual(tokenize('a b'), ['a', 'b'])", ("tokenize",), ()),
        ("c = Counter(); c.increment()", ("Counter",), ()),
        ("import operator; self.assertEqual(f(1), operator.add(1, 2))", ("f",), ()),
        ("self.items.append(f(1)); grid[0][1] = 5", ("f", "grid"), ()),
        ("l = List2()\n        l.append(1)\n        l.append(2)\n        self.assertEqual(len(l), 2)", ("List2",), ()),
        ("a = [2, 1]\n        f(a)\n        a.append(1)", ("f",), ()),
        ("a = f()\n        a.sort()\n        self.assertEqual(a, g())", ("f", "g"), ()),
        ("self.assertEqual(sum([gcd(1, 2)]), 3)", ("gcd",), ()),
        ("self.assertLess(abs(pow(2, -1) - round(0.5)), 1)", ("pow",), ()),
        ("f = 1; self.assertEqual(f, 1)", (), ()),
        ("self.assertEqual([f(x) for x in range(3)], [])", ("f",), ()),
        ("self.assertEqual(Solution().two(1), 2)", ("Solution",), ()),
        ("def inner(): return helper()", ("helper",), ()),
        ("self.assertEqual(A(1).n, g(S()))", ("A", "S", "g"), ()),
        ("def check(f): assert f(5) == 5\n        check(digits)", ("digits",), ()),
        ("self.check(digits)", ("digits",), ()),
        ("self.assertEqual(max([1, inf]), inf)", ("max",), ("inf",)),
    ],
)
def test_names_of_the_program_are_those_that_the_test_uses_and_does_not_bind(body, own, known):
    found = read(CASE + body)
    assert found.own == own
    assert found.known == known
    assert found.obstacle == ""


def test_what_the_module_binds_is_its_own():
    assert read("from solution import f\ndef g(): return f() + h()\n").own == ("h",)
    assert read("g = g\n").own == ("g",)


@pytest.mark.parametrize(
    "text",
    [
        "from unittest import mock\nwith mock.patch('os.getpid'): pass\n",
        "from unittest.mock import Mock\nf(Mock(spec=C))\n",
        "from unittest.mock import patch as replaced\nreplaced(f)\n",
        "from unittest.mock import patch\nwith patch.object(C, 'f'): pass\n",
        "import inspect\ninspect.signature(f)\n",
        "import threading\nthreading.Thread(target=f)\n",
        "import threading as t\nt.Thread(target=f)\n",
        "from random import seed\nseed(1)\n",
        "from os import environ as e\ne['K'] = f()\n",
        "import pytest\npytest.raises(f)\n",
        "class Mine(Theirs):\n    pass\n",
        "x = eval('f(1)')\n",
        "f.__code__\n",
        "import random\nrandom.seed(1)\n",
        "globals()['f']\n",
        "def set_up():\n    global wanted\n    wanted = [1]\ndef test_it(): f() == wanted\n",
        "gcd(factorial(3), 2)\n",
        "sum(pow(1, 2))\n",
        "add(1, 2); subtract(1, 2)\n",
        "Counter().increment(); reset()\n",
        "tokenize('1'); evaluate('1')\n",
        "def check(f): assert f(5) == 5\ncheck(digits)\ncheck(punctuation)\n",
        "def check(f): assert f(5) == 5\ncheck(digits)\nassert g(5) == 5\n",
        "def check(f): assert len(f(5)) == 5\ncheck(digits)\n",
        "from unittest.mock import patch\nwith patch(NAME): pass\n",
        "import unittest\nclass C(unittest.IsolatedAsyncioTestCase): pass\n",
        "async def test(): await f()\n",
        "import logging\nlogging.getLogger('program').addHandler(handler)\n",
        "import logging as l\nl.getLogger('program').addHandler(handler)\n",
        "import logging.handlers\nlogging.handlers.MemoryHandler(f())\n",
        "import marshal\nmarshal.dumps(f())\n",
        "import numpy as np\nnp.load('o.npy', allow_pickle=True)\n",
        "breakpoint()\n",
        "import builtins\nbuiltins.input = lambda: '4'\n",
        "import time\ntime.time = lambda: 5\n",
        "import time as t\nt.time = lambda: 5\n",
        "import solution\nclass Mine(solution.Base): pass\n",
        "from solution import Base\nclass Mine(Base): pass\n",
        CASE + "pass\n    @check\n    def test_more(self): pass\n",
        "@shown\nclass Point: pass\n",
        "class Item:\n    price = Positive()\n",
    ],
)
def test_what_cannot_be_isolated_is_known_beforehand(text):
    assert read(text).obstacle


@pytest.mark.parametrize(
    "text", ["import pytest, threading\nf()\n", "import no_such_package as n\nn.f()\n", "import os as o\no.remove(f())\n"]
)
def test_an_import_is_no_obstacle_where_it_is_not_used_or_not_there(text):
    assert not read(text).obstacle


def test_known_names_are_this_process_own():
    assert resolve_known("sqrt", lambda x: 0) is math.sqrt
    assert resolve_known("math", lambda x: 0) is math
    assert resolve_known("copy", 0).__name__ == "copy"


def test_a_test_of_stopiteration_or_send_says_so():
    assert read(CASE + "self.assertRaises(StopIteration, next, f())").stops
    assert read(CASE + "f().send(1)").stepwise
    assert not read(CASE + "f()").stops


def test_no_module_is_imported_on_the_word_of_the_program():
    assert harmless_module("math") is math
    for name in ("unittest.__main__", "this", "antigravity", "subprocess", 5):
        assert not set(vars(harmless_module(name))) - set(vars(type(math)("x")))


@pytest.mark.parametrize(
    ("lines", "often"),
    [
        (("for i in range(10**5):", "    f(i)"), True),
        (("s = Stack()", "for i in reversed(range(1000)):", "    s.push(i)"), True),
        (("for i in range(40):", "    for j in range(40):", "        self.assertEqual(f(i), j)"), True),
        (("i = 0", "while i < 5000:", "    i += f(i)"), True),
        (("self.assertEqual(sum(f(i) for i in range(2000)), 1)",), True),
        (("for i in [7] * 5000:", "    self.assertEqual(f(i), 1)"), True),
        (("for i in range(500):", "    f(i)"), False),
        (("self.assertEqual(f(list(range(10**6))), 3)",), False),
        (("xs = [i * 2 for i in range(10**5)]", "f(xs)"), False),
    ],
)
def test_a_loop_of_very_many_calls_falls_back(lines, often):
    text = CASE + "\n        ".join(lines) + "\n"
    assert ("rounds" in read(text).obstacle) is often
