"""A repair changes expected values and nothing else."""

import pytest

from coderm.data.expected_values import changed_beyond

HEAD = "import unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n"
BODY = "        self.assertEqual(f(1, [2]), 3)\n"
ALLOWED = [
    (BODY, "        self.assertEqual(f(1, [2]), 4)\n"),
    (BODY, "        self.assertEqual(f(1, [2]), [1, {'a': (None, -2.5)}])\n"),
    (BODY, "        # why\n        self.assertEqual(f(1, [2]), set())\n"),
    ("        self.assertEqual(3, f(1))\n", "        self.assertEqual(5, f(1))\n"),
    ("        want = 3\n        self.assertEqual(f(1), want)\n", "        want = 'x'\n        self.assertEqual(f(1), want)\n"),
    ("        got = f(1)\n        self.assertEqual(got, 3)\n", "        got = f(1)\n        self.assertEqual(got, 2)\n"),
    ("        self.assertTrue(f(1))\n", "        self.assertFalse(f(1))\n"),
    ("        assert f(1) == 3\n", "        assert f(1) == 4\n"),
    ("        self.assertAlmostEqual(f(1), 0.5, places=3)\n", "        self.assertAlmostEqual(f(1), 0.25, places=3)\n"),
]
REFUSED = [
    (BODY, "        self.assertEqual(f(2, [2]), 4)\n"),
    (BODY, "        self.assertEqual(f(1, [2]), f(1, [2]))\n"),
    (BODY, "        want = f(1, [2])\n        self.assertEqual(f(1, [2]), want)\n"),
    (BODY, "        self.assertEqual(f(1, [2]), Anything())\n"),
    (BODY, "        self.assertNotEqual(f(1, [2]), 3)\n"),
    (BODY, "        self.assertEqual(f(1, [2]), 4)\n        self.assertEqual(f(0, []), 0)\n"),
    (BODY + BODY, BODY),
    (BODY, "        pass\n"),
    ("        self.assertAlmostEqual(f(1), 0.5, places=3)\n", "        self.assertAlmostEqual(f(1), 0.5, places=0)\n"),
    ("        want = 3\n        self.assertEqual(f(1), want)\n", "        want = f(1)\n        self.assertEqual(f(1), want)\n"),
    ("        for a, want in [(1, 2)]:\n            self.assertEqual(f(a), want)\n",
     "        for a, want in [(9, 2)]:\n            self.assertEqual(f(a), want)\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_expected_values_may_change(before, after):
    assert changed_beyond(HEAD + before, HEAD + after, "f") == ""


@pytest.mark.parametrize(("before", "after"), REFUSED)
def test_anything_else_is_refused(before, after):
    assert changed_beyond(HEAD + before, HEAD + after, "f")


def test_what_is_no_python_is_refused():
    assert changed_beyond(HEAD + BODY, "class", "f") == "not Python"
