"""What shows no address of the memory, so that other programs may share its interpreter; and a table of what could show one."""

import pytest

from coderm.sandbox.runner.purity.proof import facts, why_apart, why_impure
from coderm.sandbox.runner.serving import warm_up as warm

CASE = "import unittest\n\nclass GeneratedCase(unittest.TestCase):\n    def test_it(self):\n        "
TEST = CASE + "self.assertEqual(f(1), 2)"
PLAIN = {
    "a function": "def f(x):\n    return f'{x}' + str(x) + '%r' % x",
    "helpers and recursion": "def g(x):\n    return x and g(x - 1)\ndef f(x):\n    def h(y):\n        return g(y)\n    return h(x)",
    "iterators that are read at once": (
        "def f(x):\n    a, b = map(int, '1 2'.split())\n    for i, (k, v) in enumerate(zip([a], reversed([b]))):\n        x += i\n"
        "    return sum(y for y in filter(None, range(x))) + max(map(abs, [a])) + next(iter([b]))"
    ),
    "functions that are handed to what calls them": (
        "import functools\ndef size(x):\n    return len(x)\ndef f(x):\n    d = {'a': 1}\n"
        "    xs = sorted(d.items(), key=lambda kv: kv[1])\n    xs.sort(key=size)\n"
        "    return max(d, key=d.get) + functools.reduce(lambda a, b: a + b, map(size, xs))"
    ),
    "keys": (
        "import functools, operator\ndef g(a, b):\n    return a - b\ndef f(x):\n"
        "    return sorted(x, key=functools.cmp_to_key(g)) + list(map(operator.itemgetter(0), [x]))"
    ),
    "sets that are counted, compared and searched": (
        "def f(x):\n    return len(set(x)) + (set(x) == {1}) + (x in {y for y in x}) + isinstance(x, (set, frozenset))"
    ),
    "modules": (
        "import math, re, itertools, collections, operator, copy\ndef f(x):\n    c = collections.Counter(x for x in 'aab')\n"
        "    return list(itertools.chain(c.most_common(1))) + re.findall('a', 'a') + [copy.deepcopy(x), operator.add(1, math.pi)]"
    ),
    "memoised functions": "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(x):\n    return x and f(x - 1)",
    "annotations": "from typing import List, Callable\ndef f(x: List[int], y: Callable = None) -> set:\n    return x",
    "errors": "def f(x):\n    try:\n        raise ValueError(x)\n    except ValueError as e:\n        return str(e), e.args",
    "types compared": "def f(x):\n    return type(x) == int or type(x) is type(1)",
}
SHOWING = {
    "a class": "class A:\n    pass\ndef f(x):\n    return str(A())",
    "a function": "def f(x):\n    return str(f)",
    "a function that is given on": "def g(h):\n    return str(h)\ndef f(x):\n    return g(f)",
    "a function that is returned": "def f(x):\n    def g():\n        return x\n    return g",
    "a function of the other text": "def f(x):\n    return str(GeneratedCase)",
    "a function as a default": "def f(x):\n    return sorted(x, key=lambda y, g=f: str(g))",
    "a lambda": "def f(x):\n    return str(lambda: 1)",
    "a lambda that an object of the library shows": (
        "import collections\ndef f(x):\n    return str(collections.defaultdict(lambda: 0))"
    ),
    "a key that is not called": "def g(key):\n    return str(key)\ndef f(x):\n    return g(key=lambda: 1)",
    "a sorter of one's own": "def sorted(x, key):\n    return str(key)\ndef f(x):\n    return sorted(x, key=lambda: 1)",
    "a reader of one's own": "def f(list):\n    return list(map(abs, []))\nf(str)",
    "a method of one's own": "def f(x):\n    return f.join(map(abs, []))\nf.join = str",
    "a method": "def f(x):\n    return str([].append)",
    "a method of a number": "def f(x):\n    return f'{x.bit_length}'",
    "a generator": "def f(x):\n    return str(y for y in x)",
    "a function that yields": "def f(x):\n    yield x",
    "an iterator": "def f(x):\n    return str(map(abs, x))",
    "an iterator that is kept": "def f(x):\n    y = zip(x)\n    return str(y)",
    "an iterator among others": "def f(x):\n    return str(max(map(abs, x), map(abs, x), key=len))",
    "an iterator as a start": "def f(x):\n    return str(sum([], map(abs, x)))",
    "an iterator behind a starred argument": (
        "import functools, operator\ndef f(x):\n    return str(functools.reduce(*[operator.add, []], map(abs, x)))"
    ),
    "an annotation that calls": "def g(h):\n    return str(h)\ndef f(x: g(lambda: 1)):\n    return x",
    "an annotation of a variable that calls": "def g(h):\n    return str(h)\nx: g(lambda: 1) = 1\ndef f(x) -> int:\n    return x",
    "iterators as items": "import itertools\ndef f(x):\n    return [str(g) for k, g in itertools.groupby(x)]",
    "iterators made by a function that is handed": "def f(x):\n    return list(map(str, map(iter, x)))",
    "repeated iterators": "import itertools\ndef f(x):\n    return [str(y) for y in itertools.repeat(map(abs, x), 1)]",
    "a scanner": "import re\ndef f(x):\n    return str(re.compile('a').scanner('a'))",
    "a digest": "import hashlib\ndef f(x):\n    return str(hashlib.md5())",
    "an object": "def f(x):\n    return str(object())",
    "a generic object": "import typing\ndef f(x):\n    return str(typing.Generic())",
    "a cached builtin": "import functools\ndef f(x):\n    return str(functools.cache(abs))",
    "a partial function": "import functools\ndef f(x):\n    return str(functools.partial(abs))",
    "a getter": "import operator\ndef f(x):\n    return str(operator.itemgetter(1))",
    "keys that are kept": (
        "import functools\ndef g(a, b):\n    return a - b\ndef f(x):\n    return list(map(str, map(functools.cmp_to_key(g), x)))"
    ),
    "a decorator of one's own": "def g(h):\n    return str(h)\n@g\ndef f(x):\n    return x",
    "the hash of a NaN": "def f(x):\n    return float('nan').__hash__()",
    "the order of a set": "def f(x):\n    return list({(float('nan'), y) for y in x})",
    "the order of a set that is sorted": "def f(x):\n    return sorted(set(x))",
    "the order of a set that is unpacked": "def f(x):\n    a, b = {float('nan'), float('nan')}\n    return a is x",
    "the order of a set of a function": "def f(x):\n    return list(map(set, x))",
    "the order of a set of keys": "def f(x):\n    return list({y: 1 for y in x}.keys() - [])",
    "the order of a set of keys that are kept": "def f(x):\n    y = {z: 1 for z in x}.items()\n    return list(y - x)",
    "the order of a set of keys by a function": "import operator\ndef f(x):\n    return operator.sub(x.keys(), [])",
    "the order of a set of keys of a method": "def f(x):\n    return [list(y - x) for y in map(dict.keys, x)]",
}
APART_TESTS = {
    "a function for the program": CASE + "self.assertEqual(f(lambda: 1), 2)",
    "a function of the program": CASE + "self.assertEqual(str(f), 2)",
    "an iterator": CASE + "self.assertEqual(f(iter([1])), 2)",
    "a set": CASE + "self.assertEqual(f({1}), 2)",
    "a context manager": CASE + "with self.assertRaises(ValueError) as caught:\n            f(1)",
    "a failed assertion": CASE
    + "try:\n            self.assertEqual(f(1), 2)\n        except (KeyError, AssertionError) as error:\n"
    "            f(str(error))",
    "a method": CASE + "f(self.helper)\n    def helper(self):\n        pass",
    "a method that is another's": CASE + "f(self.join(map(abs, [])))\n    join = str",
}


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """The rules look at the interpreter that serves; this one has the same modules."""
    for name in warm.PREIMPORTED:
        __import__(name)


def both(program, test):
    texts = facts(program, addresses=True), facts(test, addresses=True)
    return why_impure(*texts), why_apart(*texts)


@pytest.mark.parametrize("name", PLAIN)
def test_plain_texts_share_with_other_programs(name):
    assert both(PLAIN[name], TEST) == ("", "")


@pytest.mark.parametrize("name", SHOWING)
def test_what_could_show_an_address_does_not(name):
    assert any(both(SHOWING[name], TEST))


@pytest.mark.parametrize("name", APART_TESTS)
def test_tests_that_could_show_one_do_not(name):
    assert any(both(PLAIN["a function"], APART_TESTS[name]))


def test_ordinary_tests_share_with_other_programs():
    lines = "with self.assertRaises(ValueError):", "    f(1)", "self.assertRaises(ValueError, f, 1)", "assert f([1]) is None"
    assert both(PLAIN["a function"], CASE + "\n        ".join(lines)) == ("", "")


def test_a_function_of_one_text_is_no_value_of_the_other():
    program = "g = 1\ndef f(x):\n    return str(g)"
    assert both(program, TEST) == ("", "")
    assert both(program, "def g():\n    pass\n" + TEST)[1] != ""
