"""The cases of a test, whatever names and layout it has."""

import pytest

from coderm.data.cases_held import cases_held

HEAD = "import unittest\n\nclass {name}(unittest.TestCase):\n    def test_{name}(self):\n"
PLAIN = "        self.assertEqual(f([1, 2]), 3)\n        self.assertEqual(f([]), 0)\n"
SAME = [
    "        self.assertEqual(f([1,2]), 3)\n        self.assertEqual(f([ ]), 0)\n",
    "        assert f([1, 2]) == 3\n        assert f([]) == 0\n",
    "        data = [1, 2]\n        got = f(data)\n        want = 3\n        self.assertEqual(got, want)\n"
    "        self.assertEqual(0, f([]))\n",
    "        a, b = [1, 2], 3\n        self.assertEqual(f(a), b, 'why')\n        self.assertListEqual(f([]), 0)\n",
    "        # other words\n        self.assertEqual(f([]), 0)\n        self.assertEqual(f([1, 2]), 3)\n",
]
EMPTY = [
    "        self.assertEqual(f(1), f(1))\n",
    "        want = f(1)\n        self.assertEqual(f(1), want)\n",
    "        got = f(1)\n        want = got\n        self.assertEqual(got, want)\n",
    "        f(1)\n        self.assertTrue(True)\n",
    "        f(1)\n        self.assertEqual(2, 2)\n",
    "        f(1)\n",
]
OTHER = [
    "        self.assertEqual(f([1, 2]), 4)\n",
    "        self.assertNotEqual(f([1, 2]), 3)\n",
    "        self.assertEqual(f([2, 1]), f([1, 2]))\n",
    "        for given, want in [([1], 1)]:\n            self.assertEqual(f(given), want)\n",
    "        self.assertIsNone(f(None))\n",
]


def cases(body: str, name: str = "T") -> frozenset[str]:
    return cases_held(HEAD.format(name=name) + body, "f")


@pytest.mark.parametrize("body", SAME)
def test_one_case_in_many_spellings_is_one_case(body):
    assert len(cases(PLAIN)) == 2
    assert cases(body, "other") == cases(PLAIN)


@pytest.mark.parametrize("body", EMPTY)
def test_what_expects_nothing_of_its_own_is_no_case(body):
    assert cases(body) == frozenset()


@pytest.mark.parametrize("body", OTHER)
def test_other_cases_are_others(body):
    assert len(cases(body)) == 1
    assert not cases(body) & cases(PLAIN)


def test_values_of_set_up_are_put_in():
    text = (
        "import unittest\n\nclass T(unittest.TestCase):\n    def setUp(self):\n        self.data = [1, 2]\n    def test_a(self):\n"
    )
    assert cases_held(text + "        self.assertEqual(f(self.data), 3)\n", "f") < cases(PLAIN)
