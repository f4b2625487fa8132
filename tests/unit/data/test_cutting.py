"""Which tests are kept."""

import pytest

from coderm.config.data import QualityConfig
from coderm.data.cutting import Measured, cut, without_copies
from coderm.data.records import Rates, WrittenTest


def a_test(key: str, kills=(), cases=None, fp=0, tn=0, fn=0, tp=0, crashes=()) -> Measured:
    test = WrittenTest(key, key, rates=Rates(tp, fp, fn, tn), kills=tuple(sorted({*kills, *crashes})))
    return Measured(test, frozenset(cases or {key}), frozenset(kills))


def kept(tests, mutants=4, **settings) -> tuple[str, dict[str, int]]:
    found = cut(tests, mutants, QualityConfig(**settings))
    return "".join(test.key for test in found.kept), found.dropped


A, B, C, D = a_test("a", {0, 1}), a_test("b", {1, 2, 3}), a_test("c", {1}), a_test("d", crashes={0, 1, 2, 3})
LAX, STRICT = a_test("x", {0}, fp=3, tn=1, tp=9), a_test("y", {1}, fn=1, tp=3, tn=2)
RULES = [
    ([A, B, C, D], {}, "ab", {"kills_none": 1, "nothing_new": 1}),
    ([C, A, B], {}, "ab", {"nothing_new": 1}),
    ([A, B, C, D], {"kills": "any"}, "abc", {"kills_none": 1}),
    ([A, B, C, D], {"kills": "off"}, "abcd", {}),
    ([A, B, C], {"kills": "any", "rule": "best"}, "b", {"not_chosen": 2}),
    ([A, B, C], {"kills": "any", "rule": "cover", "k": 2}, "ab", {"not_chosen": 1}),
    ([A, B, C], {"kills": "off", "rule": "cover", "k": 3}, "abc", {}),
    ([LAX, A], {"kills": "off"}, "a", {"accepts_wrong": 1}),
    ([LAX, A], {"kills": "off", "false_acceptance": "false_discovery_rate"}, "xa", {}),
    ([STRICT, A], {"kills": "off"}, "a", {"rejects_right": 1}),
    ([STRICT, A], {"kills": "off", "most_rejected": 0.3}, "ya", {}),
    ([], {}, "", {}),
]


@pytest.mark.parametrize(("tests", "settings", "left", "dropped"), RULES)
def test_rules(tests, settings, left, dropped):
    assert kept(tests, **settings) == (left, dropped)


def test_without_mutants_no_test_is_dropped_for_killing_none():
    assert kept([D, a_test("e")], mutants=0) == ("de", {})


def test_of_two_with_the_same_cases_the_first_is_kept():
    first, copy, most = a_test("a", cases={"1", "2"}), a_test("b", cases={"1", "2"}), a_test("c", cases={"1", "2", "3"})
    none = Measured(WrittenTest("n", "n"), frozenset())
    left, dropped = without_copies([first, copy, most, none], 0.8)
    assert [item.test.key for item in left] == ["a", "c"]
    assert dropped == {"near_duplicate": 1, "tautology": 1}


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (Rates(6, 2, 1, 3), (2 / 5, 1 / 7, 2 / 8, 1 / 4)),
        (Rates(), (None, None, None, None)),
        (Rates(true_positives=3), (None, 0.0, 0.0, None)),
    ],
)
def test_both_pairs_of_rates_have_their_own_names(rates, expected):
    found = (rates.false_positive_rate, rates.false_negative_rate, rates.false_discovery_rate, rates.false_omission_rate)
    assert found == expected
