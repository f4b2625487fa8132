"""Loops that never end are proved to; loops that end, whatever they hide their progress in, are left to themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coderm.sandbox.runner.endless.loops import ENDLESS_EXIT, MAX_SAMPLES, affordable_samples

HERE = Path(__file__).parents[4]
SETUP = """
import os, sys
from coderm.sandbox.runner.constants import PROGRAM_FILE, TESTS_FILE
from coderm.sandbox.runner.unittests.run_module import run_tests
from coderm.sandbox.runner.confinement.reports import Reporter
class Kept(Reporter):
    def send(self, report):
        print(report.outcome)
program, test = sys.argv[1:]
pair = compile(program, PROGRAM_FILE, "exec"), compile(test, TESTS_FILE, "exec")
run_tests([pair, pair], [False, False], Kept(-1, b""), details=False, samples=64)
sys.stdout.flush()
os._exit(0)
"""
CASE = "import unittest\n\nclass GeneratedCase(unittest.TestCase):\n    def test_it(self):\n        self.assertTrue(f('abcab'))"
ENDLESS = {
    "nothing": "def f(x):\n    while True:\n        pass",
    "a value that stays": "def f(x):\n    while len(x) > 2:\n        x = ''.join(sorted(x))\n    return x",
    "a longer period": "def f(x):\n    n = 0\n    while n >= 0:\n        n = (n + 1) % 37\n    return n",
    "lists that are made anew": (
        "def f(x):\n    s = list(x)\n    while s:\n        i = 0\n"
        "        while i < len(s):\n            i += 1\n        s = list(s)\n"
    ),
    "an outer loop with a for inside": (
        "def f(x):\n    while True:\n        t = ''\n        for c in x:\n            t += c\n"
        "        if not t:\n            return 1\n        x = t"
    ),
    "a loop in what is called": (
        "def g(x):\n    while x != 1:\n        x = x % 7\n    return x\ndef f(x):\n    return g(7) and g(2)"
    ),
    "a method": (
        "class Solution:\n    def __init__(self):\n        self.n = 2\n    def f(self, x):\n"
        "        while self.n != 3:\n            self.n %= 3\n"
        "        return True\ndef f(x):\n    return Solution().f(x)"
    ),
    "printing now and then": (
        "def f(x):\n    n = 0\n    while True:\n        n = (n + 1) % 50\n        if not n:\n            print('x', end='')"
    ),
    "a frozen set": "def f(x):\n    seen = frozenset(x)\n    while len(seen) == 3:\n        x = x[::-1]\n    return x",
    "library names": "import math\nfrom typing import List\ndef f(x: List[int]):\n    while math.sqrt(4) == 2:\n        pass",
    "the module's own loop": "n = 1\nwhile n:\n    n = 1\ndef f(x):\n    return n",
}
COUNT = 150_000
"""Steps of a loop that ends: more CPU time than the first looks need."""
ENDING = {
    "a number": "n = 0\n    while n < COUNT:\n        n += 1",
    "a float": "n = 0.0\n    while n < COUNT:\n        n += 1.0",
    "an iterator": "it = iter(range(COUNT))\n    while next(it, None) is not None:\n        pass",
    "a generator": "it = (n for n in range(COUNT))\n    while next(it, -1) >= 0:\n        pass",
    "a closure": (
        "n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    while step() < COUNT:\n        pass"
    ),
    "another's closure": "step = counter()\n    while step() < COUNT:\n        pass",
    "a global": "while step_global() < COUNT:\n        pass",
    "a default": "while step_default() < COUNT:\n        pass",
    "an attribute of a function": "while step_attribute() < COUNT:\n        pass",
    "an attribute of a class": "while C.step() < COUNT:\n        pass",
    "an object": "c = C()\n    while c.own() < COUNT:\n        pass",
    "an object behind a method": "own = C().own\n    while own() < COUNT:\n        pass",
    "a list behind a method of it": "pop = [*range(COUNT)].pop\n    while pop() > 0:\n        pass",
    "a list within a list": "n = [[0]]\n    while n[0][0] < COUNT:\n        n[0][0] += 1",
    "a table": "n = {1: {2: 0}}\n    while n[1][2] < COUNT:\n        n[1][2] += 1",
    "the order of a table": "n = dict.fromkeys(range(400))\n    while turn(n) != 399 or again(n):\n        pass",
    "a queue that turns": (
        "import collections\n    n = collections.deque(range(COUNT))\n    while n[0] != COUNT - 1:\n        n.rotate(-1)"
    ),
    "a set": "n = set()\n    while len(n) < COUNT:\n        n.add(len(n))",
    "the history of a set": "n = {8, 0}\n    k = [0]\n    while flip(n, k):\n        pass",
    "a memory of calls": (
        "import functools\n    g = functools.lru_cache(None)(lambda k: [0])\n    while bump(g(1)) < COUNT:\n        pass"
    ),
    "a partial call": "import functools\n    g = functools.partial(bump, [0])\n    while g() < COUNT:\n        pass",
    "a signed zero": "n, k = 0.0, [0]\n    while bump(k) < COUNT:\n        n = -n",
    "functions of one name": (
        "a, b, k = C.one, C.two, [0]\n    while bump(k) < COUNT:\n        a, b = b, a\n        n = C().one if a(0) else C().two"
    ),
    "the same call again": "k = [0]\n    while bump(k) < 40:\n        short()",
    "an alias": "a, b = [0], [0]\n    while bump(a) + bump(b) < COUNT:\n        pass",
}
HELPERS = """
N = 0
def step_global():
    global N
    N += 1
    return N
def step_default(n=[0]):
    n[0] += 1
    return n[0]
def step_attribute():
    step_attribute.n = getattr(step_attribute, 'n', 0) + 1
    return step_attribute.n
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
class C:
    n = 0
    one, two = lambda self: 1, lambda self: 0
    def step():
        C.n += 1
        return C.n
    def __init__(self):
        self.k = 0
    def own(self):
        self.k += 1
        return self.k
def turn(n):
    first = next(iter(n))
    n[first] = n.pop(first)
    return next(iter(n))
def short():
    n = 0
    while n < COUNT // 10:
        n += 1
rounds = [0]
def again(n):
    rounds[0] += 1
    return rounds[0] < 200
def flip(n, k):
    k[0] += 1
    n.discard(0)
    n.add(0)
    return k[0] < COUNT
def bump(n):
    n[0] += 1
    return n[0]
"""


def ran(program, test=CASE, cpu_s=4):
    """Run a program in a session of two tests, in an interpreter of its own; return its status and the outcomes it reported."""
    environment = {"PYTHONPATH": str(HERE), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", SETUP, program, test]
    limit = f'ulimit -t {cpu_s}; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", limit, "sh", *command], capture_output=True, text=True, timeout=300, env=environment, check=False
    )
    return done.returncode, done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDLESS)
def test_a_loop_that_never_ends_is_proved_to(name):
    assert ran(ENDLESS[name])[0] == ENDLESS_EXIT


@pytest.mark.parametrize("name", ENDING)
def test_a_loop_that_ends_is_never_called_endless(name):
    body = ENDING[name].replace("COUNT", str(COUNT))
    status, outcomes = ran(f"{HELPERS.replace('COUNT', str(COUNT))}\ndef f(x):\n    {body}\n    return True")
    assert (status, outcomes) == (0, ["1", "1"])


@pytest.mark.parametrize(
    "program",
    [
        "def f(x):\n    seen = set(x)\n    while len(seen) == 3:\n        x = x[::-1]\n    return x",
        "def f(x):\n    big = list(range(100_000))\n    while big:\n        pass",
        "def f(x):\n    while x[1:] is not x[1:]:\n        pass",
        "def g():\n    while True:\n        yield 1\ndef f(x):\n    return any(n == 2 for n in g())",
    ],
)
@pytest.mark.slow
def test_what_the_state_does_not_decide_is_left_to_the_limit(program):
    """One second of CPU time is enough for all looks that a test is given."""
    assert ran(program, cpu_s=1)[0] not in (0, ENDLESS_EXIT)


def test_all_looks_together_stay_within_half_of_the_borderline_band():
    assert [affordable_samples(cpu_s, 0.2) for cpu_s in (0.1, 0.25, 1.2, 60.0)] == [10, 25, MAX_SAMPLES, MAX_SAMPLES]
    assert affordable_samples(60.0, 0.0) == 0
