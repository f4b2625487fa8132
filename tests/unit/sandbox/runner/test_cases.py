"""What counts as a case that was run: bodies that begin, return nothing, and expected failures that the test's text marks."""

import pytest
from talking import grade

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.unittests.run_module import Tally, run_all

HEAD = "import unittest\nclass T(unittest.TestCase):\n"
MARK = "    @unittest.expectedFailure\n"
FAILS = "    def test_a(self):\n        self.fail()\n"
YIELDS = "    def test_a(self):\n        yield\n"
RIGHT = "    def test_right(self):\n        self.assertEqual(1, 1)\n"
TESTS = {
    "a generator": (HEAD + "    def test_a(self):\n        self.fail()\n        yield\n", constants.NO_TESTS),
    "a coroutine": (HEAD + "    async def test_a(self):\n        self.fail()\n", constants.NO_TESTS),
    "an asynchronous generator": (HEAD + "    async def test_a(self):\n        self.fail()\n        yield\n", constants.NO_TESTS),
    "a generator expression": (HEAD + "    def test_a(self):\n        return (self.fail() for _ in [1])\n", constants.NO_TESTS),
    "a generator beside a case": (HEAD + RIGHT + "    def test_z(self):\n        yield self.fail()\n", constants.NO_TESTS),
    "a value": (HEAD + "    def test_a(self):\n        return 1 == 2\n", constants.ERROR),
    "a value after a failure": (HEAD + "    def test_a(self):\n        self.fail()\n        return 1\n", constants.FAILED),
    "an assertion returned": (HEAD + "    def test_a(self):\n        return self.assertEqual(1, 1)\n", constants.PASSED),
    "a decorated generator": (
        "import functools, unittest\ndef log(f):\n    @functools.wraps(f)\n    "
        "def run(self):\n        return f(self)\n    return run\n"
        "class T(unittest.TestCase):\n    @log\n    def test_a(self):\n        yield self.fail()\n",
        constants.NO_TESTS,
    ),
    "a generator that must fail": (HEAD + RIGHT + MARK + YIELDS, constants.NO_TESTS),
    "only skipped cases": (HEAD + "    @unittest.skip('x')\n    def test_a(self):\n        pass\n", constants.SKIPPED),
    "a skipped class": ("import unittest\n@unittest.skip('x')\n" + HEAD[16:] + RIGHT, constants.SKIPPED),
    "no case": (HEAD + "    pass\n", constants.NO_TESTS),
    "an expected failure beside a case": (
        HEAD + RIGHT + "    @unittest.expectedFailure\n    def test_a(self):\n        self.assertEqual(1, 2)\n",
        constants.PASSED,
    ),
    "an expected failure beside a failure": (
        HEAD + FAILS.replace("_a", "_b") + MARK + FAILS,
        constants.FAILED,
    ),
    "an expected failure that does not fail": (
        HEAD + RIGHT + "    @unittest.expectedFailure\n    def test_a(self):\n        pass\n",
        constants.FAILED,
    ),
    "expected failures alone": (HEAD + MARK + FAILS, constants.FAILED),
    "a mark that the text does not name": (
        HEAD + RIGHT + "    def test_a(self):\n        self.fail()\n    test_a.__unittest_expecting_failure__ = True\n",
        constants.FAILED,
    ),
    "cases that load_tests chooses": (
        HEAD + RIGHT + "    def test_z(self):\n        self.fail()\n"
        "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite([T('test_right')])\n",
        constants.PASSED,
    ),
    "load_tests that makes cases": (
        HEAD + RIGHT + "class Many(unittest.TestCase):\n"
        "    def __init__(self, n=1):\n        super().__init__('runTest')\n        self.n = n\n"
        "    def runTest(self):\n        self.assertLess(self.n, 3)\n"
        "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite([tests._tests[1], *map(Many, (1, 2, 3))])\n",
        constants.FAILED,
    ),
    "load_tests that chooses none": (
        HEAD + RIGHT + "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite()\n",
        constants.NO_TESTS,
    ),
}


def run_shared(text):
    names: dict[str, object] = {"__name__": "solution"}
    code = compile(text, "<tests>", "exec")
    exec(code, names)
    tally = Tally(details=True, text=code)
    report = tally.report(run_all(names, set(), tally))
    complete = report.planned == report.started == report.succeeded
    return constants.ERROR if report.outcome == constants.PASSED and not complete else report.outcome


@pytest.mark.parametrize("name", TESTS)
def test_what_counts_as_a_run_case(name):
    text, outcome = TESTS[name]
    assert run_shared(text) == outcome
    if "async" not in text:
        assert grade("x = 1\n", text) == [outcome]


def test_a_case_whose_body_was_not_called_did_not_start():
    names: dict[str, object] = {"__name__": "solution"}
    exec(HEAD + "    def run(self, result=None):\n        result.startTest(self)\n" + RIGHT, names)
    tally = Tally(details=True)
    report = tally.report(run_all(names, set(), tally))
    assert (report.planned, report.started, tally.testsRun) == (1, 0, 1)


def test_coroutines_of_asynchronous_cases_are_run():
    head = "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n"
    assert run_shared(head + "    async def test_a(self):\n        self.assertEqual(1, 1)\n") == constants.PASSED
    assert run_shared(head + "    async def test_a(self):\n        self.fail()\n") == constants.FAILED
    assert run_shared(head + "    async def test_a(self):\n        return 5\n") == constants.ERROR
    assert run_shared(head + "    def test_a(self):\n        yield\n") == constants.NO_TESTS
    assert run_shared(head + "    async def test_a(self):\n        yield\n") == constants.NO_TESTS


def test_a_program_chooses_no_cases():
    names: dict[str, object] = {"__name__": "solution"}
    exec("def load_tests(*given):\n    raise SystemExit\n", names)
    foreign = {id(names["load_tests"])}
    exec(HEAD + RIGHT, names)
    tally = Tally(details=True)
    assert run_all(names, foreign, tally) == 1
    assert tally.outcome == constants.PASSED
