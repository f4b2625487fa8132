"""Test modules taken apart: one part an assertion, everything else kept, and what cannot be taken apart left whole."""

import pytest

from coderm.audit.splitting import split
from coderm.problems.unittest_text import module_text


def run(text, **program):
    """Run a module's cases and return whether all passed."""
    import io
    import unittest

    names = {"__name__": "split", **program}
    exec(text, names)
    cases = [one for one in names.values() if isinstance(one, type) and issubclass(one, unittest.TestCase)]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(one) for one in cases)
    found = unittest.TextTestRunner(io.StringIO()).run(suite)
    assert found.testsRun == 1
    return found.wasSuccessful()


def test_humaneval_keeps_its_set_up_and_has_a_part_for_each_assertion():
    check = "LIMIT = 3\n\ndef check(candidate):\n    x = 1\n    assert candidate(x) == 2\n    assert candidate(LIMIT) == 5\n"
    parts = split(module_text("check(f)", check))
    assert [run(part, f=lambda x: x + 1) for part in parts] == [True, False]
    assert [run(part, f=lambda x: x + 2) for part in parts] == [False, True]


def test_methods_become_parts_and_their_fixture_stays():
    text = """import unittest

class A(unittest.TestCase):
    def setUp(self):
        self.x = 1

    def test_one(self):
        self.assertEqual(f(self.x), 1)
        for y in range(3):
            self.assertEqual(f(y), y)

    def test_two(self):
        self.assertIsNone(f(None))
"""
    parts = split(text)
    assert [run(part, f=lambda x: 1 if x else x) for part in parts] == [True, False, True]


@pytest.mark.parametrize(
    "text",
    [
        module_text("assert f(1) == 1"),
        "no Python at all (",
        "import unittest\nclass A(unittest.TestCase):\n    pass\n",
        module_text("\n".join(f"assert f({x}) == {x}" for x in range(100))),
        module_text("for x in range(3):\n    assert f(x) == x"),
    ],
)
def test_what_has_one_part_or_too_many_stays_as_it_is(text):
    assert split(text) == (text,)


def test_a_helper_that_is_called_twice_is_not_opened():
    setup = "def same(x):\n    assert f(x) == x\n    assert f(-x) == -x\n"
    parts = split(module_text("same(1)\nsame(2)", setup))
    assert len(parts) == 2
    assert [run(part, f=lambda x: min(x, 1)) for part in parts] == [True, False]
