"""Values of a wrong program that would agree with whatever an ordinary test expects: none passes."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

NUMPY = "import numpy as np\n"
CATCHES = ("try:", "    f(-1)", "    self.fail('no error')", "except {}:", "    pass")
NAMESPACE = "import types\ndef f(x): return types.SimpleNamespace(isdigit=lambda: True, startswith=lambda start: True)"
NAMED = "class V:\n    def __init__(self, *args): pass\n    def only(self): pass\n    def "
MADE = ("v = V('XIV')", "v.only()")
EXPECTED = "class Expected:\n    TOTAL = 42\n"
CASES = "class Data:\n    _CASES = [(1, 42)]\n"


@pytest.mark.parametrize(
    ("program", "test"),
    [
        pytest.param(f"class V:\n    {method}\ndef f(x): return V()", NUMPY + case(line), id=line)
        for method, line in (
            ("def __array_function__(self, *args): return True", "self.assertTrue(np.allclose(f(1), [1, 2]))"),
            ("def __array_ufunc__(self, *args, **named): return True", "self.assertTrue(np.equal(f(1), 5))"),
            ("def __array_ufunc__(self, *args, **named): return True", "self.assertTrue(np.array([1, 2]) == f(1))"),
            ("def __array__(self, *args): return __import__('numpy').array(1)", "self.assertEqual(np.array(f(1)).shape, ())"),
        )
    ]
    + [
        pytest.param(f"import numpy as np\ndef f(x): return {empty}", NUMPY + case(line), id=line)
        for empty, line in (
            ("np.empty((0, 1, 1))", "self.assertTrue(np.allclose(f(1), [1, 2]))"),
            ("[]", "self.assertTrue(np.allclose(b=2.5, a=f(1)))"),
            ("[]", "np.testing.assert_allclose(f(1), 2.5)"),
            ("[]", "np.testing.assert_array_equal(f(1), 2.5)"),
        )
    ]
    + [
        (f"def f(x): return 1\nInvalid = {kind}", case(*CATCHES).format("Invalid"))
        for kind in ("Exception", "AssertionError", "BaseException", "(ValueError, Exception)")
    ]
    + [
        (
            "class A:\n    Error = Exception\n    def f(self): return 1",
            case("try:", "    A().f()", "    self.fail()", "except A.Error: pass"),
        ),
        (NAMESPACE, case("self.assertTrue(f('1a').isdigit())")),
        (NAMESPACE, case("self.assertTrue(f('1a').startswith('ab'))")),
        (NAMESPACE.replace("types.Simple", "argparse.").replace("types", "argparse"), case("self.assertTrue(f('1a').isdigit())")),
        ("def f(x): return Expected.TOTAL", EXPECTED + case("self.assertEqual(f(1), Expected.TOTAL)")),
        ("def f(x): return dict(Data._CASES)[x]", CASES + case("for x, y in Data._CASES: self.assertEqual(f(x), y)")),
        ("import io\ndef f(x): raise io.UnsupportedOperation", case("with self.assertRaises(ValueError): f(1)")),
        ("import io\nclass E(io.UnsupportedOperation): pass\ndef f(x): raise E", case("with self.assertRaises(OSError): f(1)")),
        (NAMED + "__eq__(self, other): return len(other) == 2", case(*MADE, "self.assertTrue(v == (3, 4))")),
        (NAMED + "__eq__(self, other): return abs(other - 15) < 6", case(*MADE, "self.assertTrue(v == 14)")),
        (NAMED + "__eq__(self, other): return abs(other - 3) < 0.5", case(*MADE, "self.assertTrue(v == 3.14)")),
        (
            NAMED + "difference(self, other): return set()\n    def __iter__(self): return iter(range(99))",
            case(*MADE, "self.assertSetEqual(v, {1, 2})"),
        ),
        (
            NAMED.replace("V:", "V(set):").replace("pass", "self.update(range(99))", 1) + "difference(self, other): return set()",
            case(*MADE, "self.assertSetEqual(v, {1, 2})"),
        ),
    ],
)
def test_a_wrong_program_in_disguise_does_not_pass(program, test):
    assert grade(program, test) == [constants.UNSERVED]


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("import numpy as np\ndef f(x): return np.array(x) * 2", (
            "import numpy as np", "self.assertTrue(np.allclose(f([1.5]), [3]))", "np.testing.assert_array_equal(f([]), [])",
            "np.testing.assert_allclose(f(desired := 2), 4)", "self.assertTrue(np.allclose(f([]), []))",
        )),
        ("class Invalid(Exception): pass\ndef f(x): raise Invalid", CATCHES),
        ("class Invalid(ArithmeticError): pass\ndef f(x): raise Invalid", CATCHES),
        ("from decimal import Decimal\nInvalid = ZeroDivisionError\ndef f(x): return Decimal(x) / 0", CATCHES),
    ],
)  # fmt: skip
def test_an_honest_program_that_looks_like_one_passes(program, lines):
    assert_passes(program, *(line.format("Invalid") for line in lines))


LEARNING = """
seen = [0]
class Thing:
    def __eq__(self, other):
        seen.append(other)
        return False
    def __ne__(self, other):
        seen.append(other)
        return True
    def value(self, *args):
        return seen[-1]
    def __getattr__(self, name):
        if name == "last":
            return seen[-1]
        raise AttributeError(name)
"""


@pytest.mark.parametrize("shown", ["assert not t == 50", "assert t != 50", "x = t == 50"])
@pytest.mark.parametrize(
    "asked",
    [
        "self.assertEqual(t.value(), 50)",
        "self.assertEqual(t.last, 50)",
        "for i in range(99): self.assertEqual(t.value(i), 50)",
        "self.assertEqual([t.value(), 1], [50, 1])",
    ],
)
def test_what_a_comparison_showed_passes_nothing_afterwards(shown, asked):
    assert grade(LEARNING, case("t = Thing(); t.value()", shown, asked)) == [constants.UNSERVED]
