"""What shares an interpreter: a table of harmless texts, and one of everything that must be denied."""

import unittest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.sandbox.runner.purity.interpreter_names import interpreter_names
from coderm.sandbox.runner.purity.proof import facts, why_impure
from coderm.sandbox.runner.purity.rules import ASSERTIONS, CATCHABLE, DATA_ATTRIBUTES, MODULES
from coderm.sandbox.runner.serving import warm_up as warm

CASE = "import unittest\n\nclass GeneratedCase(unittest.TestCase):\n    def test_it(self):\n        "
TEST = CASE + "self.assertEqual(f(1), 2)"
PURE = {
    "a function": "def f(x):\n    return x + 1",
    "module state, since every test gets a new one": (
        "cache = {}\ndef f(x, seen=[]):\n    seen.append(x)\n    cache[x] = 1\n    return len(cache)"
    ),
    "nonlocal": "def f(x):\n    def g():\n        nonlocal x\n        x += 1\n    g()\n    return x",
    "a class": (
        "class Solution:\n    def __init__(self):\n        self.seen = 0\n    def f(self, x):\n        self.seen += x\n"
        "        return self.seen\ndef f(x):\n    return Solution().f(x)"
    ),
    "typing": "from typing import List, Dict\ndef f(x: List[int]) -> Dict[str, int]:\n    return x",
    "modules by allowed attributes": (
        "import math, re, collections, heapq\ndef f(x):\n    return math.sqrt(x) + len(re.findall('a', 'aa'))"
    ),
    "memoised own functions": "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(x):\n    return x and f(x - 1)",
    "generators and comprehensions": (
        "def f(x):\n    def g():\n        yield from (y * 2 for y in range(x) if y)\n    return sum(g())"
    ),
    "named handlers": (
        "def f(x):\n    try:\n        return int(x)\n    except (ValueError, TypeError) as e:\n        return str(e)"
    ),
    "printing": "def f(x):\n    print(f'{x!r:>10}', sep='', end='')\n    return x",
    "a main block, which never runs": "def f(x):\n    return x\nif __name__ == '__main__':\n    import os\n    os.system('x')",
    "a module that does not exist": "import no_such_module_anywhere\ndef f(x):\n    return x",
    "an unknown name": "def f(x):\n    return no_such_name(x)",
    "an attribute that nothing has": "def f(x):\n    return x.is_nothing_at_all()",
    "special methods called by name": "def f(x):\n    return x.__len__() + [1].__contains__(x)",
    "modules that are imported and not read": (
        "import logging, threading, warnings, socket\nimport numpy as np\ndef f(x):\n    return x"
    ),
    "names that are imported and not read": (
        "from __future__ import division\nfrom pathlib import Path\ndef f(x):\n    return x / 2"
    ),
    "a package that is not there": "from no_such_package.models import g\ndef f(x):\n    return x",
    "generic types": "from typing import Any\ndef f(x: dict[str, list[Any]]) -> tuple[Any, ...]:\n    return x",
    "types compared": "def f(x):\n    return type(x) == int or type(x) is type(1) or type(x) in (list, str)",
    "a relative import, which fails": "from .models import g\nfrom . import h\ndef f(x):\n    return x",
    "a codec, whose import nobody sees": "def f(x):\n    return 'x'.encode('idna')",
    "reading an empty stream": "def f(x):\n    return input('number: ')",
    "digests": "import hashlib\ndef f(x):\n    return hashlib.md5(str(x).encode('ascii')).hexdigest()",
    "placeholders": "____ = 1\ndef f(x):\n    return ____",
}
OWN_TESTS = "import unittest\nclass T(unittest.TestCase):\n    def runTest(self):\n        pass\n"
IMPURE = {
    "a parameter named like a module": "import string\ndef f(string):\n    return string.split()",
    "patching a module": "import math\nmath.pi = 3",
    "patching a module in a function": "def f(x):\n    import math\n    math.pi = 3",
    "deleting from a module": "import string\ndel string.digits",
    "a module as a value": "import math\ndef g(m):\n    m.pi = 3\ng(math)",
    "a module in a container": "import math\nmodules = [math]",
    "setting attributes where a library class is a value": "from collections import Counter\ndef g(c):\n    c.x = 1\ng(Counter)",
    "setting attributes of a class by type()": "from collections import Counter\ntype(Counter()).x = 1",
    "random state": "import random\nrandom.seed(1)",
    "the clock": "import time\ndef f(x):\n    return time.time()",
    "the interpreter": "import sys\nsys.setrecursionlimit(10 ** 6)",
    "module table": "import sys\nsys.modules['math'] = None",
    "the environment": "import os\nos.environ['A'] = 'b'",
    "a file": "open('x', 'w')",
    "eval": "eval('1')",
    "exec": "exec('x = 1')",
    "a builtin under another name": "e = eval",
    "import by function": "__import__('os')",
    "builtins": "__builtins__['len'] = None",
    "a builtin rebound for handlers": "ValueError = Exception",
    "a parameter rebound for handlers": "def f(KeyError):\n    pass",
    "globals": "globals()['x'] = 1",
    "setattr": "setattr(f, 'x', 1)",
    "getattr of a computed name": "def f(x):\n    return getattr(x, '__cla' + 'ss__')",
    "getattr of a special name": "def f(x):\n    return getattr(x, '__class__')",
    "special attributes": "def f(x):\n    return f.__globals__",
    "the class of a value": "def f(x):\n    return x.__class__",
    "frames": "def f(x):\n    yield\ng = f(1)\nh = g.gi_frame",
    "a traceback": "def f(x):\n    try:\n        pass\n    except ValueError as e:\n        return e.__traceback__.tb_frame",
    "format strings that read attributes": "def f(x):\n    return '{0.__class__}'.format(x)",
    "computed format strings": "def f(x):\n    return x.format(x)",
    "attribute getters": "from operator import attrgetter\ng = attrgetter('__class__')",
    "a name that is imported below, of a module that is not read": "def f(x):\n    return reader(x)\nfrom csv import reader",
    "a builtin container rebound for annotations": (
        "from collections import Counter\nclass A:\n    def __getitem__(self, c):\n        c.n = 1\nlist = A()\n"
        "def f(x: list[Counter]):\n    return x"
    ),
    "a type compared with an object": ("class A:\n    def __eq__(self, c):\n        c.n = 1\ndef f(x):\n    return type(x) == A()"),
    "a type compared with what may be rebound": "int = A()\ndef f(x):\n    return type(x) == int",
    "the same by a parameter": "def f(int):\n    return type(int) == int",
    "a type among objects": "def f(x):\n    return type(x) in [g(x)]",
    "a type of several": "def f(x):\n    return type(*x) == int",
    "the same by a class": (
        "from collections import Counter\nclass A:\n    def __getitem__(self, c):\n        c.n = 1\n"
        "class B:\n    list = A()\n    def f(x: list[Counter]):\n        return x"
    ),
    "a library class as a value": "from collections import Counter\ndef f(x):\n    return map(Counter, x)",
    "an assertion about exceptions as a value": (
        "import unittest\nclass A(unittest.TestCase):\n    def test_it(self):\n        g = self.assertRaises\n        g(OSError, f)"
    ),
    "a finalizer": "class A:\n    def __del__(self):\n        pass",
    "an attribute hook": "class A:\n    def __getattr__(self, name):\n        pass",
    "a metaclass": "class A(metaclass=type):\n    pass",
    "a class of a library base": "from collections import Counter\nclass A(Counter):\n    pass",
    "a class in a function": "def f(x):\n    class A:\n        pass",
    "a type made by a call": "A = type('A', (), {})",
    "a bare handler": "def f(x):\n    try:\n        return x\n    except:\n        pass",
    "a handler of Exception": "def f(x):\n    try:\n        return x\n    except Exception:\n        pass",
    "a handler of RecursionError": "def f(x):\n    try:\n        return f(x)\n    except RecursionError:\n        pass",
    "a computed handler": "kinds = ValueError\ndef f(x):\n    try:\n        return x\n    except kinds:\n        pass",
    "finally": "def f(x):\n    try:\n        return x\n    finally:\n        pass",
    "coroutines": "async def f(x):\n    pass",
    "threads": "import threading\nthreading.Thread()",
    "warnings": "import warnings\nwarnings.simplefilter('error')",
    "a logger": "import logging\nlogging.basicConfig()",
    "a name of a module that is not read": "from contextlib import suppress\ng = suppress",
    "the same in a function": "def f(x):\n    from pathlib import Path\n    return Path('x')",
    "the same as a base": "from abc import ABC\nclass A(ABC):\n    pass",
    "the same as a decorator": "from dataclasses import dataclass\n@dataclass\nclass A:\n    pass",
    "the same in an annotation": "from pathlib import Path\ndef f(x: Path):\n    return x",
    "the same under another name": "from os import system as s\ns('x')",
    "a submodule that may be there": "from logging import handlers_of_another_kind",
    "a name that a module makes up when asked": "from numpy import int",
    "an array": "import numpy as np\ndef f(x):\n    return np.array(x)",
    "a name that a module makes up": "import numpy\nnumpy.int",
    "a module that is not read, as a value": "import logging\ndef f(x):\n    return logging",
    "a star of a package that is not there": "from .models import *\nimport os\nos.environ",
    "decimal's context": "import decimal\ndecimal.getcontext().prec = 3",
    "garbage collection": "import gc",
    "references to the test runner": "def f(x):\n    return x._outcome",
    "own attributes named like the runner's": "class A:\n    _outcome = 1",
    "an attribute of the library that nobody defined": "def f(x):\n    return x.exc_info",
    "an attribute that library code stores": "def f(x):\n    return x.test_case",
    "a special method of a library class, patched": ("from fractions import Fraction\ng = Fraction.__add__\ng.n = 1"),
    "the same by getattr": "from fractions import Fraction\ng = getattr(Fraction, '__add__')\ng.n = 1",
    "the maker of objects": "def f(x):\n    return x.__new__(x)",
    "addresses": "def f(x):\n    return id(x)",
    "an import into a class": "class A:\n    import math",
    "a star import": "from os import *",
    "an import of the global scope": "def f(x):\n    global math\n    import math",
    "an assertion of one's own class of tests, patched": OWN_TESTS + "def f(x):\n    T.assertEqual.n = 1",
    "the same by a class method": (
        "import unittest\nclass T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        cls.assertEqual.n = 1"
    ),
    "a special method of one's own class of tests, patched": (
        "import unittest\nclass T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        cls.__eq__.n = 1"
    ),
    "a fixture of the library, patched": (
        "import unittest\nclass A:\n    def setUp(self):\n        pass\nclass T(unittest.TestCase):\n    @classmethod\n"
        "    def setUpClass(cls):\n        cls.setUp.n = 1"
    ),
    "a helper of the test runner, defined": "class A:\n    _baseAssertEqual = 1",
    "a run of tests that catches everything": OWN_TESTS + "def f(x):\n    T()()",
    "the same without a class": "import unittest\ndef f(x):\n    t = unittest.TestCase('id')\n    t.setUp = f\n    t()",
    "the same by an object of another name": OWN_TESTS + "U = T\nU()()",
    "the same by a mixin": (
        "import unittest\nclass A:\n    def g(self):\n        return self()\nclass T(A, unittest.TestCase):\n    pass"
    ),
    "a stream by the result of a run": "class A:\n    _original_stdout = 1\ndef f(x):\n    return x._original_stdout",
    "a finalizer of a generator": "class A:\n    def close(self):\n        pass",
    "the same by an attribute": "def f(x):\n    x.close = f",
    "a memo of deepcopy": "import copy\ndef f(x):\n    return copy.deepcopy(1, x)",
    "the same by a name": "import copy\ndef f(x):\n    return copy.deepcopy(1, memo=x)",
    "the same by a row": "from copy import deepcopy\ndef f(x):\n    return deepcopy(*x)",
    "a class under the name of the builtins": "class __builtins__:\n    pass",
    "modules under one name": "import math as m\nimport string as m",
    "the module itself": "import solution",
    "a module of the machine": "import socket\nsocket.socket()",
    "a module that is not there yet": "import sqlite3",
    "a submodule": "import os.path",
    "a library function's attributes": "import string\ng = string.capwords\ng.n = 1",
    "an annotation that calls": "from collections import Counter\ndef g(c):\n    c.n = 1\ndef f(x: g(Counter)):\n    return x",
    "an annotation that binds": "from collections import Counter\ndef f(x: (c := Counter)):\n    return x\nc.n = 1",
    "an error in an annotation, which holds a class of the library": (
        "from collections import Counter\ntry:\n    def f(x: Counter.nowhere):\n        return x\nexcept AttributeError:\n    pass"
    ),
    "an object that an error holds": (
        "def f(x):\n    return 1\nf.obj = 1\ntry:\n    x.n\nexcept AttributeError as e:\n    e.obj.n = 1"
    ),
    "a class of the library beside an object of one's own": (
        "from collections import Counter\nfrom typing import Union\nclass K:\n    pass\nk = K()\n"
        "def f(x: Union[k, Counter]):\n    return x"
    ),
    "the same under the name of a class": (
        "from collections import Counter\nfrom typing import Union\nclass K:\n    pass\nK = K()\n"
        "def f(x: Union[K, Counter]):\n    return x"
    ),
    "what the objects of a class of the library share": (
        "from decimal import Decimal\nclass A:\n    _field_defaults = 1\n"
        "def f(x):\n    Decimal(x).as_tuple()._field_defaults[x] = 1"
    ),
    "an annotation of one's own": (
        "from collections import Counter\nclass A:\n    def __getitem__(self, c):\n        c.n = 1\na = A()\n"
        "def f(x: a[Counter]):\n    return x"
    ),
    "a name of typing for something else": (
        "from collections import Counter\nfrom typing import List\nclass A:\n    def __getitem__(self, c):\n        c.n = 1\n"
        "List = A()\ndef f(x: List[Counter]):\n    return x"
    ),
    "the same within a class": (
        "from collections import Counter\nfrom typing import List\nclass A:\n    def __getitem__(self, c):\n        c.n = 1\n"
        "class B:\n    List = A()\n    def f(x: List[Counter]):\n        return x"
    ),
}
IMPURE_TESTS = {
    "patching a module": CASE + "import math; math.pi = 3",
    "mocks": "from unittest.mock import patch\n" + TEST,
    "catching everything": CASE + "with self.assertRaises(Exception): f(1)",
    "catching what cannot be seen": CASE + "self.assertRaises(*args)",
    "logs": CASE + "with self.assertLogs(): f(1)",
    "warnings": CASE + "with self.assertWarns(UserWarning): f(1)",
    "clean-ups": CASE + "self.addCleanup(f)",
    "the runner": CASE + "self._outcome.success = True",
    "patching TestCase": "import unittest\nunittest.TestCase.assertEqual = None",
    "patching TestCase by its own class": CASE + "self.__class__.x = 1",
    "running itself": CASE + "self()",
    "running itself by another": CASE + "f(self)",
    "a method that takes its object by a row": (
        "import unittest\nclass A(unittest.TestCase):\n    def test_it(*row):\n        row[0]()"
    ),
    "a function that becomes a method": "import unittest\nclass A(unittest.TestCase):\n    test_it = lambda case: case()",
    "the same by a property": "import unittest\nclass A(unittest.TestCase):\n    x = property(lambda case: case())",
    "a decorator of a method": "import unittest\nclass A(unittest.TestCase):\n    @f\n    def test_it(self):\n        pass",
    "a part of a sub-test": CASE + "a = self.subTest(); a.func = 1",
    "an assertion as a value": CASE + "check = self.assertEqual",
    "catching more than it said": CASE + "c = self.assertRaises(ValueError); c.expected = RuntimeError",
    "the test of an assertion": CASE + "c = self.assertRaises(ValueError); c.test_case()",
}


@pytest.fixture(scope="module", autouse=True)
def warmed():
    """The rules look at the interpreter that serves; this one has the same modules."""
    for name in warm.PREIMPORTED:
        __import__(name)
    import numpy  # noqa: F401


@pytest.mark.parametrize("name", PURE)
def test_what_leaves_nothing_shares_an_interpreter(name):
    assert why_impure(facts(PURE[name]), facts(TEST)) == ""


@pytest.mark.parametrize("name", IMPURE)
def test_what_could_leave_something_is_denied(name):
    assert why_impure(facts(IMPURE[name]), facts(TEST)) != ""


@pytest.mark.parametrize("name", IMPURE_TESTS)
def test_tests_that_could_leave_something_are_denied(name):
    assert why_impure(facts(PURE["a function"]), facts(IMPURE_TESTS[name])) != ""


@pytest.mark.parametrize(
    "body",
    [
        "self.assertTrue(f([1, 2]) == {'a': (1, 2.5)})",
        "with self.assertRaises(ValueError): f(1)",
        "with self.assertRaises((ValueError, TypeError)) as cm: f(1)\n        self.assertIn('x', str(cm.exception))",
        "for i in range(3):\n            with self.subTest(i=i): self.assertAlmostEqual(f(i), 1.0)",
        "self.assertEqual(Solution().f(1), 1)",
    ],
)
def test_ordinary_tests_share_an_interpreter(body):
    assert why_impure(facts(PURE["a class"]), facts(CASE + body)) == ""


def test_a_test_cannot_reach_a_module_that_only_the_program_imports():
    program = facts("import math\ndef f(x):\n    return x")
    assert why_impure(program, facts(CASE + "g(math)")) != ""
    assert why_impure(program, facts("from solution import math\n" + TEST)) != ""
    assert why_impure(facts("def f(x):\n    math.pi = 3"), facts("import math\n" + TEST)) != ""
    assert why_impure(program, facts("from solution import f\n" + TEST)) == ""
    assert why_impure(program, facts("from string import digits as math\n" + TEST)) != ""
    assert why_impure(program, facts("math = [1]\n" + TEST)) != ""
    assert why_impure(program, facts("import math\n" + TEST)) == ""
    assert why_impure(facts("from pathlib import Path\ndef f(x):\n    return x"), facts(CASE + "f(Path('x'))")) != ""


def test_a_program_cannot_reach_a_class_of_tests_that_the_test_defines():
    assert why_impure(facts("def f(x):\n    return GeneratedCase('test_it')()"), facts(TEST)) != ""
    assert why_impure(facts(OWN_TESTS), facts("from solution import T\n" + TEST)) != ""
    assert why_impure(facts(OWN_TESTS + "def f(x):\n    return x"), facts(TEST)) == ""


def test_no_name_that_is_read_freely_belongs_to_the_test_runner():
    assert not DATA_ATTRIBUTES & set(dir(unittest.TestCase("run")))
    assert not {name for name in DATA_ATTRIBUTES | ASSERTIONS if name.startswith(("_", "gi_", "tb_", "f_", "co_"))}


def test_no_handler_that_is_allowed_catches_memory_or_recursion_errors():
    assert not any(issubclass(kind, eval(name)) for name in CATCHABLE for kind in (MemoryError, RecursionError))


def test_every_module_that_is_allowed_is_imported_before_the_server_serves():
    assert {name.partition(".")[0] for name in MODULES} <= set(warm.PREIMPORTED) | {"os", "sys", "time", "numpy"}


@given(st.text())
def test_any_text_has_an_answer(text):
    assert isinstance(facts(text).reason, str)


@pytest.mark.parametrize("text", ["(" * 10_000, "x" * 100_000, "-" * 19_000 + "1", "\x00", "\ud800", "def"])
def test_odd_texts_are_denied(text):
    assert facts(text).reason


def test_every_attribute_of_the_interpreter_is_known_by_its_name():
    known = interpreter_names.__wrapped__()
    stack, seen = [object], set()
    while stack:
        kind = stack.pop()
        if kind not in seen:
            seen.add(kind)
            assert known >= set(vars(kind)), kind
            stack += type.__subclasses__(kind)
    case = unittest.TestCase("run")
    caught = case.assertRaises(ValueError)  # noqa: PT027 - the object itself is looked at
    assert known >= set(vars(case)) | set(vars(caught)) | set(vars(warm.warm_up)) | {"cache_info", "gi_frame", "__wrapped__"}
    assert len(seen) > 500
