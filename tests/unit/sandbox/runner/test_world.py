"""What a look finds: a table of changes, one of what is none, and of texts that cannot be looked at."""

import contextlib
import sys
from typing import Any

import pytest

from coderm.sandbox.runner.purity.reach import reach
from coderm.sandbox.runner.purity.world import World

CHANGES = {
    "math.n = 1": "del math.n",
    "string.capwords.n = 1": "del string.capwords.n",
    "Counter.n = 1": "del Counter.n",
    "Counter.update.n = 1": "del Counter.update.n",
    "copy.deepcopy.__defaults__[1].append(1)": "copy.deepcopy.__defaults__[1].clear()",
    "os.environ['N'] = '1'": "del os.environ['N']",
    "sys.path.append('/n')": "sys.path.remove('/n')",
    "sys.setswitchinterval(0.02)": "sys.setswitchinterval(0.005)",
    "logging.getLogger('n').setLevel(7)": "logging.getLogger('n').manager.loggerDict.pop('n')",
    "csv.register_dialect('n')": "csv.unregister_dialect('n')",
    "numpy.seterr(all='raise')": "numpy.seterr(divide='warn', over='warn', under='ignore', invalid='warn')",
    "warnings.simplefilter('once')": "warnings.filters.pop(0)",
    "decimal.DefaultContext.prec = 5": "decimal.DefaultContext.prec = 28",
    "held = os.open('/', 0)": "os.close(held)",
    "held = threading.Timer(60, print); held.start()": "held.cancel(); held.join()",
    "open('n', 'w').close(); os.makedirs('d/e')": "os.removedirs('d/e')",
}
IMPORTS = (
    "import copy, csv, decimal, logging, math, numpy, os, random, string, sys, threading, warnings\n"
    "from collections import Counter\n"
)
NO_CHANGE = (
    "x = {}; x[1] = 2",
    "import fractions; fractions.Fraction(1, 2)",
    "import re; re.compile('a+b').match('ab')",
    "open('n', 'w').close()",
    "os.makedirs('d')",
    "math.n = 1; del math.n",
    "random.seed(1); random.random()",
    "sys.setrecursionlimit(5000)",
    "decimal.getcontext().prec = 5",
    "numpy.random.rand()",
    "os.chdir('/')",
)
OUT_OF_REACH = {
    "import subprocess": "imports subprocess",
    "def f():\n    import socket": "imports socket",
    "exec('1')": "names exec",
    "x.modules": "names modules",
    "from sys import modules": "names modules",
    "import os\nos.fork()": "names fork",
    "class A:\n    def __del__(self): pass": "names __del__",
}


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(tmp_path)


def looked(code, scratch):
    world, text = World(scratch), compile(IMPORTS + code, "<solution>", "exec")
    names: dict[str, object] = {}
    limit = sys.getrecursionlimit()
    world.begin(text)
    assert not world.changed()
    exec(text, names)
    found = world.changed()
    world.begin(text)
    assert sys.getrecursionlimit() == limit
    return found, names


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(change, scratch):
    found, names = looked(change, scratch)
    with contextlib.suppress(KeyError):
        exec(CHANGES[change], names)
    assert found


@pytest.mark.parametrize("code", NO_CHANGE)
def test_what_leaves_nothing_is_no_change(code, scratch):
    assert not looked(code, scratch)[0]


def test_what_honest_programs_set_as_they_load_is_put_back(scratch):
    text = "import decimal, random, sys\nfound = decimal.getcontext().prec, sys.getrecursionlimit(), random.random()\n"
    text += "decimal.getcontext().prec = 5\nsys.setrecursionlimit(5000)\nrandom.seed(10)"
    code, world, seen = compile(text, "<solution>", "exec"), World(scratch), []
    for _ in range(3):
        names: dict[str, Any] = {}
        world.begin(code)
        exec(code, names)
        seen.append(names["found"])
    world.begin(code)
    assert len({found[:2] for found in seen}) == 1
    assert len({found[2] for found in seen}) == 3


@pytest.mark.parametrize("text", OUT_OF_REACH)
def test_a_text_that_goes_behind_names_is_out_of_reach(text):
    assert reach(compile(text, "<solution>", "exec")).reason == OUT_OF_REACH[text]


def test_other_texts_are_within_reach():
    text = "import re, math, no_such_package\nfrom solution import f\nclass A:\n    def compile(self): return re.compile('a')\n"
    found = reach(compile(text, "<solution>", "exec"))
    assert (found.reason, found.modules) == ("", ("math", "re"))
    assert "compile" in found.names
