"""Ordinary cases: run without suites, they are reported as unittest reports them; whatever is not ordinary is left to unittest."""

import unittest

import pytest
from test_cases import FAILS, HEAD, RIGHT, TESTS

from coderm.sandbox.runner.unittests.ordinary import ordinary_cases
from coderm.sandbox.runner.unittests.run_module import Tally, run_all

SET_UP, TEAR_DOWN = "    def setUp(self):\n        {}\n", "    def tearDown(self):\n        {}\n"
ORDINARY = {
    "a case that passes": HEAD + RIGHT,
    "a case that fails": HEAD + FAILS + RIGHT,
    "an exception": HEAD + "    def test_a(self):\n        {}['x']\n" + RIGHT,
    "a case that skips itself": HEAD + "    def test_a(self):\n        self.skipTest('x')\n" + RIGHT,
    "a set-up that is needed": HEAD + SET_UP.format("self.a = 1") + "    def test_a(self):\n        self.assertEqual(self.a, 1)\n",
    "a set-up that fails": HEAD + SET_UP.format("self.fail()") + TEAR_DOWN.format("raise ValueError") + RIGHT,
    "a set-up that replaces the case": HEAD + SET_UP.format("self.test_a = list") + FAILS,
    "a set-up that skips": HEAD + SET_UP.format("self.skipTest('x')") + RIGHT,
    "a tear-down that raises": HEAD + TEAR_DOWN.format("raise ValueError") + RIGHT,
    "a tear-down after a failure": HEAD + TEAR_DOWN.format("raise ValueError") + FAILS,
    "a sub-test that fails": HEAD
    + "    def test_a(self):\n        with self.subTest(n=1):\n            self.fail()\n        self.x = 1\n",
    "a sub-test that raises": HEAD + "    def test_a(self):\n        with self.subTest(n=1):\n            1 / 0\n",
    "a sub-test that skips": HEAD + "    def test_a(self):\n        with self.subTest(n=1):\n            self.skipTest('x')\n",
    "a value returned": HEAD + "    def test_a(self):\n        return 1\n" + RIGHT,
    "a long message": HEAD + "    longMessage = False\n    def test_a(self):\n        self.assertEqual(1, 2, 'so')\n",
    "classes in order": "import unittest\nclass B(unittest.TestCase):\n" + FAILS + "class A(unittest.TestCase):\n" + RIGHT,
    "a class under two names": HEAD + RIGHT + "U = T\n",
    "the end of the process": HEAD + "    def test_a(self):\n        raise SystemExit\n",
}
OTHERS = {
    "a fixture of a class": HEAD + "    @classmethod\n    def setUpClass(cls):\n        cls.a = 1\n" + RIGHT,
    "a fixture of the module": "def setUpModule():\n    pass\n" + HEAD + RIGHT,
    "a run of its own": HEAD + "    def run(self, result=None):\n        pass\n" + RIGHT,
    "an assertion of its own": HEAD + "    def assertEqual(self, a, b):\n        self.fail()\n" + RIGHT,
    "a class between": HEAD + RIGHT + "class U(T):\n    pass\n",
    "a case that is no function": HEAD + "    test_a = staticmethod(lambda: None)\n",
    "marks made up": HEAD + "    def __getattr__(self, name):\n        return True\n" + RIGHT,
    "a single case": HEAD + "    def runTest(self):\n        pass\n",
    "a class without cases": HEAD + RIGHT + "class U(unittest.TestCase):\n    pass\n",
    **{
        name: text
        for name, (text, _) in TESTS.items()
        if "value" not in name and "returned" not in name and "expression" not in name
    },
}


def defined(text):
    names: dict[str, object] = {"__name__": "solution"}
    code = compile(text, "<tests>", "exec")
    exec(code, names)
    return code, names


def reported(text, *, proved):
    code, names = defined(text)
    tally = Tally(details=True, text=code)
    try:
        planned = run_all(names, set(), tally, proved=proved)
    except SystemExit:
        return "ended", len(tally.failures)
    return tally.report(planned), tally.testsRun, type(tally.error)


@pytest.mark.parametrize("name", [*ORDINARY, *OTHERS])
def test_a_proved_module_is_reported_as_any_other(name):
    text = (ORDINARY | OTHERS)[name]
    assert reported(text, proved=True) == reported(text, proved=False)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_cases_run_without_suites(name):
    assert ordinary_cases(defined(ORDINARY[name])[1], set())


@pytest.mark.parametrize("name", OTHERS)
def test_what_unittest_itself_has_to_run(name):
    assert ordinary_cases(defined(OTHERS[name])[1], set()) == []


def test_classes_of_the_program_have_no_cases_here():
    _, names = defined(HEAD + FAILS)
    foreign = {id(names["T"])}
    _, own = defined(HEAD.replace("T(", "U(") + RIGHT)
    cases = ordinary_cases(names | {"U": own["U"]}, foreign)
    assert [(kind.__name__, name) for kind, name in cases] == [("U", "test_right")]
    assert all(issubclass(kind, unittest.TestCase) for kind, _ in cases)
