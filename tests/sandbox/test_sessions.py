"""A reused interpreter must not be told from a fresh one: outcomes with sessions equal those of one process per pair."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pairs import LIMITS, case

from coderm.messages.execution import Block, Outcome

TRAPS = {
    "a cache": "cache = {}\ndef f(x):\n    cache[x] = 1\n    return len(cache)",
    "a mutable default": "def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)",
    "a class counter": "class C:\n    n = 0\ndef f(x):\n    C.n += 1\n    return C.n",
    "a global counter": "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n",
    "a function attribute": "def f(x):\n    f.n = getattr(f, 'n', 0) + 1\n    return f.n",
    "a closure": (
        "def make():\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n        return n\n    return f\nf = make()"
    ),
    "a kept generator": (
        "def count():\n    n = 0\n    while True:\n        n += 1\n        yield n\ng = count()\ndef f(x):\n    return next(g)"
    ),
    "a memoised function": (
        "import functools\ncalls = []\n@functools.lru_cache(None)\ndef f(x):\n    calls.append(x)\n    return len(calls)"
    ),
    "a patched module": "import math\ndef f(x):\n    math.n = getattr(math, 'n', 0) + 1\n    return math.n",
    "a patched builtin": "import builtins\ndef f(x):\n    builtins.n = getattr(builtins, 'n', 0) + 1\n    return builtins.n",
    "a patched library function": (
        "import string\ndef f(x):\n    g = string.capwords\n    g.n = getattr(g, 'n', 0) + 1\n    return g.n"
    ),
    "a patched class": (
        "from collections import Counter\ndef f(x):\n    Counter.n = getattr(Counter, 'n', 0) + 1\n    return Counter.n"
    ),
    "a patched runner": ("import unittest\ndef f(x):\n    t = unittest.TestCase\n    t.n = getattr(t, 'n', 0) + 1\n    return t.n"),
    "random state": (
        "import random\nrandom.seed(7)\nfirst = random.random()\ndef f(x):\n    return 1 if random.random() != first else 2"
    ),
    "the recursion limit": (
        "import sys\ndef f(x):\n    n = sys.getrecursionlimit()\n    sys.setrecursionlimit(n + 1)\n    return n - 999"
    ),
    "a file": "def f(x):\n    open('n', 'a').write('x')\n    return len(open('n').read())",
    "the environment": "import os\ndef f(x):\n    os.environ['N'] = os.environ.get('N', '') + 'x'\n    return len(os.environ['N'])",
    "a caught stack": "def f(x):\n    try:\n        return f(x)\n    except RecursionError:\n        return 1",
    "the stack": "def f(x):\n    return 1 if x > 900 else f(x + 1)",
    "nearly the stack": "def f(x):\n    return 1 if x > 850 else f(x + 1)",
    "memory": "def f(x):\n    return len([0] * (10 ** 9)) if x == 2 else 1",
    "output": "def f(x):\n    print('x' * 20_000)\n    return 1",
    "a crash": "import ctypes\ndef f(x):\n    return ctypes.string_at(0) if x == 3 else 1",
    "an early exit": "def f(x):\n    if x == 1:\n        raise SystemExit\n    return 1",
    "a loop": "def f(x):\n    while x == 2:\n        pass\n    return 1",
    "a loop that ends late": (
        "def f(x):\n    steps = iter(range(300_000))\n    while next(steps, None) is not None:\n        x = 1\n    return x"
    ),
    "a long loop that changes what a method holds": (
        "class C:\n    n = 0\n    def step(self):\n        self.n += 1\n        return self.n\n"
        "def f(x):\n    step = C().step\n    while step() < 200_000:\n        x = 1\n    return x"
    ),
    "an empty stream": "def f(x):\n    try:\n        return input()\n    except EOFError:\n        return 1",
    "an absent package": "try:\n    from .models import g\nexcept ImportError:\n    g = 1\ndef f(x):\n    return g",
    "an absent attribute": "def f(x):\n    try:\n        return x.is_nothing_at_all\n    except AttributeError:\n        return 1",
    "unread names": "import socket, numpy\nfrom pathlib import Path\ndef f(x):\n    return 1",
    "a wrong answer": "def f(x):\n    return x",
}
EQUAL = "class Any:\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 1\n"
REACHING = (
    EQUAL + "def f(x):\n    return Any()",
    EQUAL + "one = Any()\ndef f(x, one=one):\n    return one",
    EQUAL + "from collections import Counter\nCounter.__eq__ = Any.__eq__\ndef f(x):\n    return 1",
    "import unittest\nclass T(unittest.TestCase):\n    def assertEqual(self, *given):\n        pass\ndef f(x):\n    return 2",
    "import unittest\nunittest.TestCase.assertEqual = lambda *given: None\ndef f(x):\n    return 2",
    "from unittest import TestCase as C\ndef f(x):\n    C.failureException = KeyError\n    return 2",
    "import builtins\nbuiltins.f = lambda x: 1\ndel builtins.f\nbuiltins.g = 1\ndef f(x):\n    return 2",
    "def f(x):\n    return 1\nf.__globals__['f'] = f\nf.__builtins__['len'] = 1",
    "import sys\nsys.modules['solution'].f = lambda x: 1\ndef f(x):\n    return 2",
    "import solution\nsolution.f = lambda x: 1\ndef f(x):\n    return 2",
    "import gc\nfor each in gc.get_objects():\n    if type(each) is dict and 'f' in each:\n        each['f'] = lambda x: 1",
    "import atexit, os\natexit.register(os._exit, 0)\ndef f(x):\n    return 2",
    "import functools\n@functools.lru_cache\ndef f(x):\n    return x\nfor n in range(9):\n    f(n)",
    "def f(x):\n    raise StopIteration",
    "def f(x):\n    raise SystemExit(222)",
    "import os\ndef f(x):\n    os._exit(222)",
    "import signal\nsignal.signal(signal.SIGALRM, lambda *given: 1)\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\n"
    "def f(x):\n    return 2",
    "import threading, time\ndef late():\n    time.sleep(0.05)\n    import unittest\n    unittest.TestCase.assertEqual = print\n"
    "threading.Thread(target=late, daemon=True).start()\ndef f(x):\n    return 2",
)
"""Programs that would change what others of their block are judged by; each stands before a right and a wrong one."""
TESTS = tuple(case(f"self.assertEqual(f({number}), 1)") for number in range(6))
ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CODERM_SHARED", ROOT.parent / "shared")) / "data" / "humaneval-codegen16b"


def both(box, programs, tests, limits):
    alone = box.run(Block("alone", programs, tests, replace(limits, sessions=False)))
    return box.run(Block("sessions", programs, tests, replace(limits, sessions=True, crowds=True))), alone


def test_no_trap_tells_a_session_from_fresh_processes(sandbox):
    sessions, alone = both(sandbox, tuple(TRAPS.values()), TESTS, replace(LIMITS, cpu_s=1.0))
    assert dict(zip(TRAPS, sessions.outcomes.tolist(), strict=True)) == dict(zip(TRAPS, alone.outcomes.tolist(), strict=True))


def test_no_program_reaches_the_verdicts_of_the_others_in_its_block(sandbox):
    around = ("def f(x):\n    return 1\n", "def f(x):\n    return 2\n")
    programs = tuple(program for each in REACHING for program in (each, *around))
    result = sandbox.run(Block("b", programs, TESTS[:2], replace(LIMITS, cpu_s=1.0)))
    others = [result.outcomes[place::3].tolist() for place in (1, 2)]
    assert others == [[[outcome] * 2] * len(REACHING) for outcome in (Outcome.PASSED, Outcome.FAILED)]


def test_a_generator_of_a_test_that_is_collected_later_disturbs_no_other_test(sandbox):
    program = (
        "rows = [[[] for _ in range(30)] for _ in range(100)]\nkept = []\ndef f(it):\n    def delegate():\n"
        "        yield from it\n    kept.append(delegate())\n    return next(kept[-1])"
    )
    test = case("self.assertEqual(f(x for x in [4, 5]), 4)", "self.assertEqual(f(x for x in [7, 5]), 7)")
    result = sandbox.run(Block("b", (program,), tuple(test + "\n" * number for number in range(4)), LIMITS))
    assert result.outcomes.tolist() == [[Outcome.PASSED] * 4]


def test_a_loop_in_a_session_costs_only_its_own_test(sandbox):
    result = sandbox.run(Block("b", (TRAPS["a loop"],), TESTS, replace(LIMITS, cpu_s=0.5)))
    expected = [Outcome.PASSED, Outcome.PASSED, Outcome.TIMEOUT, Outcome.PASSED, Outcome.PASSED, Outcome.PASSED]
    assert result.outcomes[0].tolist() == expected
    assert (result.cpu_s[0] > 0).all()


def test_recorded_pairs_have_the_outcomes_of_fresh_processes(sandbox):
    if not DATA.is_dir():
        pytest.skip("no recorded data here")
    rows = [
        {row["task_id"]: row for row in map(json.loads, (DATA / name).read_text(encoding="utf-8").splitlines())}
        for name in ("candidates.jsonl", "tests.jsonl")
    ]
    for task in [task for task, row in rows[1].items() if row["unit_tests"]][::20]:
        programs = tuple(dict.fromkeys(rows[0][task]["solutions"]))[:20]
        tests = tuple(rows[1][task]["unit_tests"][:20])
        sessions, alone = both(sandbox, programs, tests, replace(LIMITS, row_timeouts=1))
        assert np.array_equal(sessions.outcomes, alone.outcomes), task
