# ruff: noqa: E501 - one test per line, as long as it is
"""Tests in the forms of pytest, parameterized and ddt: served as plain unittest, or rejected; never a test that fails everybody."""

import pytest

from coderm.extract import Reason, Rejection, extract_unit_test

from .samples import HEAD, PROBLEM
from .test_unit_test import unit_test, verdict

PYTEST = "import pytest\nfrom solution import add_all\n\n\n"
PARAMETERIZED = "import unittest\nfrom parameterized import parameterized, param\nfrom solution import add_all\n\n\n"
DDT = "import unittest\nfrom ddt import ddt, data, unpack\n\n\n"
CASES = "[([1, 2], 3), ([], 0), ([5], 5)]"
BODY = "(numbers, wanted):\n    assert add_all(numbers) == wanted\n"
METHOD = "(self, numbers, wanted):\n        self.assertEqual(add_all(numbers), wanted)\n"
CLASS = "class TestAll(unittest.TestCase):\n"
STATE = "        self.given = [1, 2]\n"
USE = "    def test_two(self):\n        assert add_all(self.given) == 3\n        self.given.append(1)\n"

SERVED = {
    "parametrize": (PYTEST + f"@pytest.mark.parametrize('numbers, wanted', {CASES})\ndef test_all{BODY}", 1),
    "parametrize_names_in_a_list": (PYTEST + f"@pytest.mark.parametrize(['numbers', 'wanted'], {CASES})\ndef test_all{BODY}", 1),
    "parametrize_one_name": (
        PYTEST
        + f"@pytest.mark.parametrize('case', {CASES}, ids=['a', 'b', 'c'])\ndef test_all(case):\n    assert add_all(case[0]) == case[1]\n",
        1,
    ),
    "parametrize_by_keywords": (
        PYTEST + f"@pytest.mark.parametrize(argnames='numbers,wanted', argvalues={CASES})\ndef test_all{BODY}",
        1,
    ),
    "parametrize_from_a_constant": (
        PYTEST + f"CASES = {CASES}\n\n\n@pytest.mark.parametrize('numbers,wanted', CASES)\ndef test_all{BODY}",
        1,
    ),
    "parametrize_over_lines": (
        PYTEST
        + "@pytest.mark.parametrize(\n    'numbers,wanted',\n    [\n        # two\n        ([1, 2], 3),\n        pytest.param([], 0, id='none'),\n    ],\n)\n"
        f"def test_all{BODY}",
        1,
    ),
    "parametrize_twice": (
        PYTEST
        + "@pytest.mark.parametrize('a', [1, 2])\n@pytest.mark.parametrize('b', [3, 4])\ndef test_all(a, b):\n    assert add_all([a, b]) == a + b\n",
        1,
    ),
    "parametrize_imported_by_name": (
        f"from pytest import mark\n\n\n@mark.parametrize('numbers, wanted', {CASES})\ndef test_all{BODY}",
        1,
    ),
    "parametrize_in_a_class": (
        PYTEST
        + f"class TestAll:\n    @pytest.mark.parametrize('numbers, wanted', {CASES})\n    def test_all(self, numbers, wanted):\n        assert add_all(numbers) == wanted\n",
        1,
    ),
    "labels_only": (PYTEST + "@pytest.mark.slow\n@pytest.mark.timeout(5)\ndef test_two():\n    assert add_all([1, 2]) == 3\n", 1),
    "expand": (PARAMETERIZED + CLASS + f"    @parameterized.expand({CASES})\n    def test_all{METHOD}", 1),
    "expand_named_test": (PARAMETERIZED + CLASS + f"    @parameterized.expand({CASES})\n    def test{METHOD}", 1),
    "expand_with_names": (
        PARAMETERIZED
        + CLASS
        + "    @parameterized.expand([('two', [1, 2], 3), ('none', [], 0)])\n    def test_all(self, name, numbers, wanted):\n        self.assertEqual(add_all(numbers), wanted, name)\n",
        1,
    ),
    "expand_with_param": (
        PARAMETERIZED + CLASS + f"    @parameterized.expand([param([1, 2], 3), param([], 0)])\n    def test_all{METHOD}",
        1,
    ),
    "expand_plain_values": (
        PARAMETERIZED
        + CLASS
        + "    @parameterized.expand([1, 2])\n    def test_all(self, n):\n        self.assertEqual(add_all([n, n]), 2 * n)\n",
        1,
    ),
    "expand_beside_plain": (
        PARAMETERIZED
        + CLASS
        + f"    @parameterized.expand({CASES}, name_func=str)\n    def test_all{METHOD}\n    def test_two(self):\n        self.assertEqual(add_all([2]), 2)\n",
        2,
    ),
    "expand_sets_up_anew": (
        PARAMETERIZED
        + CLASS
        + f"    def setUp(self):\n{STATE}\n    @parameterized.expand([(3,), (3,)])\n    def test_all(self, wanted):\n"
        "        self.assertEqual(add_all(self.given), wanted)\n        self.given.append(1)\n",
        1,
    ),
    "expand_from_a_module": (
        f"import unittest\nimport parameterized\n\n\n{CLASS}    @parameterized.parameterized.expand({CASES})\n    def test_all{METHOD}",
        1,
    ),
    "ddt": (DDT + f"@ddt\n{CLASS}    @data(1, 2)\n    def test_all(self, n):\n        self.assertEqual(add_all([n]), n)\n", 1),
    "ddt_unpacked": (
        DDT + f"@ddt\n{CLASS}    @data(([1, 2], 3), {{'numbers': [], 'wanted': 0}})\n    @unpack\n    def test_all{METHOD}",
        1,
    ),
    "setup_method": (
        f"import pytest\n\n\nclass TestAll:\n    def setup_method(self):\n{STATE}\n{USE}\n{USE.replace('two', 'again')}",
        2,
    ),
    "setup_method_with_argument": (f"class TestAll:\n    def setup_method(self, method):\n{STATE}\n{USE}", 1),
    "setup_method_in_a_test_case": (HEAD + f"{CLASS}    def setup_method(self, method):\n{STATE}\n{USE}", 1),
    "nose_setup": (f"class TestAll:\n    def setup(self):\n{STATE}\n    def teardown(self):\n        del self.given\n\n{USE}", 1),
    "setup_class": (f"class TestAll:\n    @classmethod\n    def setup_class(cls):\n{STATE.replace('self', 'cls')}\n{USE}", 1),
    "setup_class_without_decorator": (f"class TestAll:\n    def setup_class(cls):\n{STATE.replace('self', 'cls')}\n{USE}", 1),
    "setup_class_static": (
        "class TestAll:\n    @staticmethod\n    def setup_class():\n        TestAll.given = [1, 2]\n\n    @staticmethod\n    def teardown_class():\n        del TestAll.given\n\n"
        + USE,
        1,
    ),
    "setup_function": (
        "given = []\n\n\ndef setup_function(function):\n    given[:] = [1, 2]\n\n\ndef teardown_function():\n    given.clear()\n\n\n"
        "def test_two():\n    assert add_all(given) == 3\n",
        1,
    ),
    "fixture": (
        PYTEST
        + "@pytest.fixture\ndef numbers():\n    return [1, 2]\n\n\ndef test_two(numbers):\n    assert add_all(numbers) == 3\n",
        1,
    ),
    "fixture_of_a_fixture": (
        PYTEST
        + "@pytest.fixture()\ndef one():\n    return 1\n\n\n@pytest.fixture(scope='function')\ndef numbers(one):\n    return [one, 2]\n\n\n"
        "def test_two(numbers, one):\n    assert add_all(numbers) == 2 + one\n",
        1,
    ),
    "fixture_that_yields": (
        PYTEST + "ENDED = []\n\n\n@pytest.fixture\ndef numbers():\n    yield [1, 2]\n    ENDED.append(1)\n\n\n"
        "@pytest.mark.parametrize('n', [0, 1])\ndef test_two(n, numbers):\n    assert add_all(numbers) == 3\n    assert len(ENDED) == n\n",
        1,
    ),
    "fixture_in_a_class": (
        PYTEST
        + "@pytest.fixture\ndef numbers():\n    return [1, 2]\n\n\nclass TestAll:\n    def test_two(self, numbers):\n        assert add_all(numbers) == 3\n",
        1,
    ),
    "raises": (
        PYTEST + "def test_none():\n    with pytest.raises(TypeError):\n        add_all(None)\n    assert add_all([1]) == 1\n",
        1,
    ),
    "raises_with_more": (
        PYTEST
        + "def test_none():\n    with pytest.raises((TypeError, ValueError), match=r'not iter') as info:\n        add_all(None)\n    assert 'None' in str(info.value)\n    assert add_all([1]) == 1\n",
        1,
    ),
    "subtest": (
        HEAD
        + CLASS
        + f"    def test_all(self):\n        for numbers, wanted in {CASES}:\n            with self.subTest(numbers=numbers):\n                self.assertEqual(add_all(numbers), wanted)\n",
        1,
    ),
    "class_over_object": ("class TestAll(object):\n    def test_two(self):\n        assert add_all([1, 2]) == 3\n", 1),
    "class_without_bases": ("class TestAll ( ) :\n    def test_two(self):\n        assert add_all([1, 2]) == 3\n", 1),
}


@pytest.mark.parametrize(("text", "count"), SERVED.values(), ids=SERVED)
def test_a_form_is_served_as_unittest(text, count):
    code = unit_test(text).code
    assert verdict(code, sum) == (count, True)
    assert verdict(code, lambda numbers: -5)[1] is False


@pytest.mark.parametrize(("text", "count"), SERVED.values(), ids=SERVED)
def test_reading_its_own_result_changes_nothing(text, count):
    first = unit_test(text)
    assert unit_test(first.code) == first


@pytest.mark.parametrize("case", ["([1, 2], 4)", "([], 0), ([5], 6)"])
@pytest.mark.parametrize(
    "text",
    [
        PYTEST + "@pytest.mark.parametrize('numbers, wanted', [([1], 1), {case}])\ndef test_all" + BODY,
        PARAMETERIZED + CLASS + "    @parameterized.expand([([1], 1), {case}])\n    def test_all" + METHOD,
        DDT + "@ddt\n" + CLASS + "    @data(([1], 1), {case})\n    @unpack\n    def test_all" + METHOD,
    ],
    ids=["pytest", "parameterized", "ddt"],
)
def test_every_case_counts(text, case):
    assert verdict(unit_test(text.replace("{case}", case)).code, sum)[1] is False


REJECTED = {
    "approx": PYTEST + "def test_a():\n    assert add_all([0.1]) == pytest.approx(0.1)\n",
    "skip": PYTEST + "class TestA:\n    @pytest.mark.skip\n    def test_a(self):\n        assert add_all([]) == 0\n",
    "param_with_marks": PYTEST
    + "class TestA:\n    @pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.xfail)])\n    def test_a(self, a):\n        assert add_all([a]) == a\n",
    "indirect": PYTEST
    + "class TestA:\n    @pytest.mark.parametrize('a', [1], indirect=True)\n    def test_a(self, a):\n        assert add_all([a]) == a\n",
    "built_in_fixture": "class TestA:\n    def test_a(self, tmp_path):\n        assert add_all([]) == 0\n",
    "shared_fixture": PYTEST
    + "@pytest.fixture(scope='module')\ndef n():\n    return []\n\n\nclass TestA:\n    def test_a(self, n):\n        assert add_all(n) == 0\n",
    "exception_type_asked_for": PYTEST
    + "def test_a():\n    with pytest.raises(TypeError) as info:\n        add_all(None)\n    assert info.type is TypeError\n",
    "parameterized_class": "import unittest\nfrom parameterized import parameterized_class\n\n\n@parameterized_class([{'n': 1}])\n"
    + CLASS
    + "    def test_a(self):\n        self.assertEqual(add_all([self.n]), self.n)\n",
    "expand_with_keywords": PARAMETERIZED + CLASS + f"    @parameterized.expand([param([1], wanted=1)])\n    def test_a{METHOD}",
    "hypothesis": "from hypothesis import given, strategies as st\n\n\nclass TestA:\n    @given(st.integers())\n    def test_a(self, n):\n        assert add_all([n]) == n\n",
    "nose_tools": "from nose.tools import *\n\n\ndef test_a():\n    assert_equal(add_all([]), 0)\n",
    "nose_tools_by_name": "from nose.tools import assert_equal\n\n\ndef test_a():\n    assert_equal(add_all([]), 0)\n",
    "helper_module": "from solution import add_all\nfrom helpers import check_all\n\n\ndef test_a():\n    check_all(add_all)\n    assert add_all([]) == 0\n",
}


@pytest.mark.parametrize("text", REJECTED.values(), ids=REJECTED)
def test_what_cannot_be_served_is_rejected(text):
    found = extract_unit_test(text, PROBLEM)
    assert isinstance(found, Rejection), found.code
    assert found.reason is Reason.FOREIGN_MODULE


def test_what_sets_up_a_module_gets_the_name_that_unittest_calls():
    text = (
        "given = []\n\n\ndef setup_module(module):\n    given.extend([1, 2])\n\n\ndef test_two():\n    assert add_all(given) == 3\n"
    )
    space: dict = {"__name__": "builtins"}
    exec(unit_test(text).code, space)
    space["setUpModule"]()
    assert space["given"] == [1, 2]


def test_a_helper_that_may_be_the_program_s_own_is_kept():
    text = "from solution import add_all, Node\n\n\ndef test_a():\n    assert add_all([Node]) == 0\n"
    assert "Node" in unit_test(text).code
