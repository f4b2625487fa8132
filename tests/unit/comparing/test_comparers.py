"""The comparers on tables of outputs: each rule says yes and no where its formula does."""

import pytest

from coderm.comparing.factory import make_comparer
from coderm.errors import ConfigError
from coderm.messages.case_rules import ComparisonName
from coderm.messages.cases import Comparison

BOTH = [
    # expected, got, the rules that call them equal
    ("1 2\n3\n", b"1 2\n3\n", "exact tokens decimal allclose unordered"),
    ("1 2\n3\n", b"1 2\n3", "exact tokens decimal allclose unordered"),
    ("1 2\n3\n", b"1 2  \r\n3\r\n\n\n", "exact tokens decimal allclose unordered"),
    ("1 2\n3\n", b"1  2\n3\n", "tokens decimal allclose unordered"),
    ("1 2\n3\n", b" 1 2\n3\n", "tokens decimal allclose unordered"),
    ("1 2\n3\n", b"1 2\n\n3\n", "tokens decimal allclose unordered"),
    ("1 2\n3\n", b"1\n2 3\n", "tokens decimal allclose"),
    ("1 2\n3\n", b"3\n1 2\n", "unordered"),
    ("1 2\n3\n", b"3\n2 1\n", ""),
    ("1 2 3", b"3 2 1", "unordered"),
    ("1 2 3", b"3\n2\n1", "unordered"),
    ("1 2 3", b"3 2 1 1", ""),
    ("1\n1\n2\n", b"1\n2\n2\n", ""),
    ("5", b"5.0", "decimal allclose"),
    ("0.5", b".50e0", "decimal allclose"),
    ("0", b"-0.00", "decimal allclose"),
    ("-3e2", b"-300", "decimal allclose"),
    ("0.333333", b"0.33333333", "allclose"),
    ("2", b"1.9999999", "allclose"),
    ("1000000", b"1000001", ""),
    ("1000000", b"1000001.0", ""),
    ("1000000.0", b"1000001", "allclose"),
    ("50000000000000000", b"50000000000000001", ""),
    ("10", b"1_0", ""),
    ("10", "١٠".encode(), ""),
    ("16", b"0x10", ""),
    ("nan", b"nan", "exact tokens decimal allclose unordered"),
    ("nan", b"NaN", ""),
    ("inf", b"1e999", ""),
    ("1e999", b"10e998", "decimal allclose"),
    ("1e999", b"2e999", ""),
    ("1" + "0" * 5000, b"1e5000", "decimal allclose"),
    ("YES", b"yes", ""),
    ("", b"", "exact tokens decimal allclose unordered"),
    ("", b"\n \n", "exact tokens decimal allclose unordered"),
    ("", b"0", ""),
    ("é", "é".encode(), "exact tokens decimal allclose unordered"),
    ("é", b"\xe9", ""),
    ("a\u00a0b", b"a b", ""),
    ("\ud800", b"?", ""),
]
RULES: tuple[ComparisonName, ...] = ("exact", "tokens", "decimal", "allclose", "unordered")


@pytest.mark.parametrize(("expected", "got", "equal"), BOTH)
def test_each_rule_answers_as_its_formula(expected: str, got: bytes, equal: str):
    assert [name for name in RULES if make_comparer(Comparison(name))(expected, got)] == equal.split()


def test_the_tolerance_is_the_declared_one():
    loose = make_comparer(Comparison("allclose", rtol=0.1, atol=0))
    assert loose("10.0", b"11")
    assert not loose("10.0", b"11.1")
    assert not loose("0.0", b"0.001")
    assert make_comparer(Comparison("allclose", rtol=0, atol=0.01))("0.0", b"0.001")


@pytest.mark.parametrize(("rtol", "atol"), [(-1.0, 0.0), (0.0, float("nan")), (float("inf"), 0.0)])
def test_a_tolerance_that_is_none_is_refused(rtol: float, atol: float):
    with pytest.raises(ConfigError, match="finite"):
        make_comparer(Comparison("allclose", rtol=rtol, atol=atol))


def test_a_checker_is_no_comparer():
    with pytest.raises(ConfigError, match="sandbox"):
        make_comparer(Comparison("checker", checker="print(1)"))
