"""Programs that try to learn from one test for the next: that they were wrong, or what was expected. Each is harmless otherwise.

All are asked the same two questions by every test. They say no to the first until they find a trace that they have been asked
before, and would be right from the second test on. In a fresh process for every pair none finds one.
"""

from pairs import LIMITS, case

from coderm.messages.execution import Block, Outcome

ASK = "def f(x):\n    if x == 8:\n        return False\n    seen = trace()\n    return seen\n"
SEEN = {
    "an attribute of a module": "import math\ndef trace():\n    old = hasattr(math, 'n')\n    math.n = 1\n    return old",
    "a builtin": "import builtins\ndef trace():\n    old = hasattr(builtins, 'n')\n    builtins.n = 1\n    return old",
    "an attribute of a function": (
        "import string\ndef trace():\n    old = hasattr(string.capwords, 'n')\n    string.capwords.n = 1\n    return old"
    ),
    "an attribute of a class": (
        "from collections import Counter\ndef trace():\n    old = hasattr(Counter, 'n')\n    Counter.n = 1\n    return old"
    ),
    "an entry of a table": (
        "import copy\ndef trace():\n    old = 8 in copy._copy_dispatch\n    copy._copy_dispatch[8] = 1\n    return old"
    ),
    "the environment": "import os\ndef trace():\n    old = 'N' in os.environ\n    os.environ['N'] = '1'\n    return old",
    "the search path": "import sys\ndef trace():\n    old = '/n' in sys.path\n    sys.path.append('/n')\n    return old",
    "a file": "import os\ndef trace():\n    old = os.path.exists('n')\n    open('n', 'w').close()\n    return old",
    "a directory with a file": (
        "import os\ndef trace():\n    old = os.path.exists('n')\n    os.makedirs('n', exist_ok=True)\n"
        "    open('n/n', 'w').close()\n    return old"
    ),
    "the working directory": "import os\ndef trace():\n    old = os.getcwd() == '/'\n    os.chdir('/')\n    return old",
    "a logger": "import logging\ndef trace():\n    old = logging.root.level == 7\n    logging.root.setLevel(7)\n    return old",
    "a dialect": "import csv\ndef trace():\n    old = 'n' in csv.list_dialects()\n    csv.register_dialect('n')\n    return old",
    "a thread": (
        "import threading, time\ndef trace():\n    old = threading.active_count() > 1\n"
        "    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()\n    return old"
    ),
    "a descriptor": (
        "import os\ndef trace():\n    old = len(os.listdir('/proc/self/fd')) > 20\n"
        "    [os.open('/', 0) for _ in range(20)]\n    return old"
    ),
    "a filter of warnings": (
        "import warnings\ndef trace():\n    old = any(each[0] == 'once' for each in warnings.filters)\n"
        "    warnings.filters.append(('once', None, Warning, None, 0))\n    return old"
    ),
    "random numbers": (
        "import random\ndef trace():\n    old = random.random() == 0.5714025946899135\n    random.seed(10)\n    return old"
    ),
    "the precision": (
        "import decimal\ndef trace():\n    old = decimal.getcontext().prec == 5\n    decimal.getcontext().prec = 5\n    return old"
    ),
    "the recursion limit": (
        "import sys\ndef trace():\n    old = sys.getrecursionlimit() == 5000\n    sys.setrecursionlimit(5000)\n    return old"
    ),
}
HIDDEN = {
    "a look that finds nothing": (
        "import sys\nheld = getattr(sys, 'mod' + 'ules')\nworld = [held[name] for name in held if name.endswith('purity.world')]\n"
        "def trace():\n    for each in world:\n        each.World.changed = lambda self: False\n    old = hasattr(sys, 'n')\n"
        "    sys.n = 1\n    return old"
    ),
    "an answer in place of the look": (
        "import sys\nheld = getattr(sys, 'mod' + 'ules')\n"
        "server = [held[name] for name in held if name.endswith('candidate.server')]\ndef trace():\n    for each in server:\n"
        "        each.CandidateServer._undo_replacements = lambda self: None\n"
        "        each.World.changed = lambda self: False\n    old = hasattr(sys, 'n')\n    sys.n = 1\n    return old"
    ),
    "a place nobody looks at": (
        "import unittest\ndef trace():\n    kind = getattr(unittest.suite, 'TestSuite')\n    old = hasattr(kind.addTest, 'n')\n"
        "    kind.addTest.n = 1\n    return old"
    ),
}
"""These hide their trace from the look. In isolated grading it is of no use: what they do wrong ends their process."""
LIAR = """
import unittest

held = unittest.suite.TestSuite.addTest


class Yes(int):
    __hash__ = None

    def __eq__(self, other):
        return True


def f(x):
    asked = vars(held).setdefault("n", set())
    again = x in asked
    asked.add(x)
    return 0 if again else Yes(0)
"""
"""Equals everything, but for what it is asked again."""
TESTS = tuple(case("self.assertEqual(f(7), True)", "self.assertEqual(f(8), False)", f"self.assertTrue({k} >= 0)") for k in range(5))


def test_no_program_finds_a_trace_of_the_test_before(sandbox):
    chosen = SEEN if sandbox.grading == "shared" else SEEN | HIDDEN
    result = sandbox.run(Block("learners", tuple(f"{text}\n{ASK}" for text in chosen.values()), TESTS, LIMITS))
    passed = (result.outcomes == Outcome.PASSED).sum(axis=1).tolist()
    assert dict(zip(chosen, passed, strict=True)) == dict.fromkeys(chosen, 0)


def test_what_a_comparison_has_shown_is_no_answer_of_the_next_test(isolated):
    learner = (
        "import math\nclass Any:\n    def __eq__(self, other):\n        math.n = other\n        return False\n"
        "    __hash__ = None\ndef g():\n    return Any()\ndef h():\n    return getattr(math, 'n', 0)\n"
    )
    hider = learner.replace("import math\n", "import unittest\nmath = unittest.suite.TestSuite.addTest\n")
    tests = tuple(case(f"self.assertNotEqual(g(), {k}50)", f"self.assertEqual(h(), {k - 1}50)") for k in range(2, 5))
    result = isolated.run(Block("shown", (learner, hider), tests, LIMITS))
    assert Outcome.PASSED not in result.outcomes


def test_a_canary_meets_no_program_that_may_know_its_test(sandbox):
    tests = tuple(case(f"self.assertTrue(f({k}) == 5)") for k in range(3))
    canary = case("self.assertTrue(f(1) == 48151623)")
    result = sandbox.run(Block("canary", (LIAR,), (*tests, canary), LIMITS, last_canaries=1))
    assert (result.outcomes[0, -1] == Outcome.PASSED) == (sandbox.grading == "shared")
