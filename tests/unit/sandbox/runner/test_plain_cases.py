"""Ordinary test classes come out as unittest itself has them; all others are left to it."""

import pytest

from coderm.sandbox.runner.unittests.plain_cases import ordinary
from coderm.sandbox.runner.unittests.run_module import Tally, run_all

CLASS = "import unittest\nclass GeneratedCase(unittest.TestCase):\n"
BODIES = {
    "a pass": "    def test_it(self):\n        self.assertEqual(1, 1)",
    "a failure": "    def test_it(self):\n        self.assertEqual(1, 2)",
    "an error": "    def test_it(self):\n        raise KeyError('x')",
    "an exit": "    def test_it(self):\n        raise SystemExit",
    "no memory": "    def test_it(self):\n        raise MemoryError",
    "a skip": "    def test_it(self):\n        self.skipTest('later')\n    def test_that(self):\n        pass",
    "a skip and a failure": "    def test_a(self):\n        self.skipTest('later')\n    def test_b(self):\n        self.fail('no')",
    "a failure that ends the run": "    def test_a(self):\n        self.fail('no')\n    def test_b(self):\n        raise KeyError",
    "a fixture": "    def setUp(self):\n        self.x = 1\n    def test_it(self):\n        self.assertEqual(self.x, 1)",
    "a failing fixture": "    def setUp(self):\n        raise ValueError('x')\n    def test_it(self):\n        pass",
    "a skipping fixture": "    def setUp(self):\n        self.skipTest('x')\n    def test_it(self):\n        pass",
    "a failing end": "    def test_it(self):\n        pass\n    def tearDown(self):\n        raise ValueError('x')",
    "an end after a failure": (
        "    def test_it(self):\n        self.fail('a')\n    def tearDown(self):\n        raise ValueError('b')"
    ),
    "sub-tests": (
        "    def test_it(self):\n        for n in (1, 2):\n            with self.subTest(n=n):\n"
        "                self.assertEqual(n, n)"
    ),
    "a failing sub-test": (
        "    def test_it(self):\n        for n in (1, 2):\n            with self.subTest(n=n):\n"
        "                self.assertEqual(n, 1)"
    ),
    "a case that returns something": "    def test_it(self):\n        return 1",
    "a case that yields": "    def test_it(self):\n        self.fail()\n        yield",
    "a coroutine": "    async def test_it(self):\n        self.fail()",
    "a case that yields, after others": "    def test_a(self):\n        pass\n    def test_b(self):\n        yield self.fail()",
    "several cases": "".join(f"    def test_{n}(self):\n        pass\n" for n in range(5)),
    "two classes": (
        "    def test_it(self):\n        pass\nclass Another(unittest.TestCase):\n    def test_it(self):\n        self.fail('x')"
    ),
    "two names of a class": "    def test_it(self):\n        pass\nAlias = GeneratedCase",
}
UNUSUAL = {
    "a class fixture": "    def setUpClass():\n        pass\n    def test_it(self):\n        pass",
    "a module fixture": "    def test_it(self):\n        pass\ndef setUpModule():\n    pass",
    "a module's end": "    def test_it(self):\n        pass\ndef tearDownModule():\n    pass",
    "its own run": "    def test_it(self):\n        pass\n    def run(self, result=None):\n        pass",
    "its own maker": "    def test_it(self):\n        pass\n    def __init__(self, name):\n        super().__init__(name)",
    "another base": "    def test_it(self):\n        pass\nclass Another(GeneratedCase):\n    pass",
    "a skipped case": "    @unittest.skip('x')\n    def test_it(self):\n        pass",
    "an expected failure": "    @unittest.expectedFailure\n    def test_it(self):\n        self.fail('x')",
    "a skipped class": "    __unittest_skip__ = True\n    def test_it(self):\n        pass",
    "a case that is no function": "    test_it = staticmethod(print)",
    "a value named like a case": "    test_data = 1\n    def test_it(self):\n        pass",
    "no case": "    pass",
    "a case of the old name": "    def runTest(self):\n        pass",
}


def both(body):
    found = []
    for shared in (True, False):
        names: dict[str, object] = {"__name__": "solution"}
        exec(CLASS + body, names)
        tally = Tally(details=True)
        planned = run_all(names, set(), tally, shared=shared)
        found.append((planned, tally.testsRun, tally.detail, type(tally.error), tally.report(planned)))
    return found


@pytest.mark.parametrize("name", BODIES)
def test_an_ordinary_class_comes_out_as_in_unittest(name):
    names: dict[str, object] = {"__name__": "solution"}
    exec(CLASS + BODIES[name], names)
    assert ordinary(names, set()) is not None
    ours, theirs = both(BODIES[name])
    assert ours == theirs


@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_class_is_left_to_unittest(name):
    names: dict[str, object] = {"__name__": "solution"}
    exec(CLASS + UNUSUAL[name], names)
    assert ordinary(names, set()) is None
    ours, theirs = both(UNUSUAL[name])
    assert ours == theirs


def test_classes_that_the_program_brought_do_not_run():
    names: dict[str, object] = {"__name__": "solution"}
    exec(CLASS + BODIES["a pass"], names)
    assert ordinary(names, {id(names["GeneratedCase"])}) == []
