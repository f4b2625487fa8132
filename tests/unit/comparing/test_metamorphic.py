"""Changes of an output that must not change a verdict, and changes that must; over generated outputs."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coderm.comparing.factory import make_comparer
from coderm.messages.case_rules import ComparisonName
from coderm.messages.cases import Comparison

RULES: tuple[ComparisonName, ...] = ("exact", "tokens", "decimal", "allclose", "unordered")
ORDERED: tuple[ComparisonName, ...] = ("exact", "tokens", "decimal", "allclose")
LENIENT: tuple[ComparisonName, ...] = ("tokens", "decimal", "allclose", "unordered")
NUMERIC: tuple[ComparisonName, ...] = ("decimal", "allclose")

words = st.text(st.characters(codec="utf-8", exclude_characters=" \t\n\r\f\v"), min_size=1, max_size=6)
whole = st.integers(-(10**20), 10**20).map(str)
parts = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**6), max_value=10**6).map(str)
token = st.one_of(words, whole, parts)
line = st.lists(token, min_size=1, max_size=4).map(" ".join)
text = st.lists(line, min_size=1, max_size=6)
blanks = st.text(" \t\f\v", max_size=3)


def judge(rule: ComparisonName, expected: list[str], got: str) -> bool:
    return make_comparer(Comparison(rule))("\n".join(expected) + "\n", got.encode())


def accepting(rules: Sequence[ComparisonName], expected: list[str], got: str) -> list[ComparisonName]:
    """Return those of the rules that accept an output; one output is judged by all of them."""
    return [rule for rule in rules if judge(rule, expected, got)]


@given(text, st.data())
def test_white_space_at_line_ends_changes_nothing(expected: list[str], data: st.DataObject):
    ends = [data.draw(blanks) + data.draw(st.sampled_from(("\n", "\r\n"))) for _ in expected]
    got = "".join(map(str.__add__, expected, ends)) + data.draw(st.sampled_from(("", "\n", "\r\n\r\n", "  \n")))
    assert accepting(RULES, expected, got) == [*RULES]
    assert accepting(RULES, expected, got.rstrip(" \t\r\n\f\v")) == [*RULES]


@given(text, st.data())
def test_spacing_within_lines_changes_nothing_but_for_exact(expected: list[str], data: st.DataObject):
    spaced = [data.draw(blanks) + item.replace(" ", " " + data.draw(blanks)) for item in expected]
    assert accepting(LENIENT, expected, "\n".join(spaced)) == [*LENIENT]


@given(text, st.data())
def test_free_order_changes_nothing(expected: list[str], data: st.DataObject):
    assert judge("unordered", expected, "\n".join(data.draw(st.permutations(expected))))


@given(line, st.data())
def test_free_order_of_one_line_is_that_of_its_words(expected: str, data: st.DataObject):
    assert judge("unordered", [expected], " ".join(data.draw(st.permutations(expected.split(" ")))))


@given(text, st.data())
def test_another_order_of_lines_counts_elsewhere(expected: list[str], data: st.DataObject):
    got = data.draw(st.permutations(expected))
    assume(not _alike(expected, got))
    assert accepting(ORDERED, expected, "\n".join(got)) == []


def spelled(number: str, data: st.DataObject) -> str:
    """Write the same value in another way."""
    value = Fraction(number)
    sign = "-" if value < 0 else data.draw(st.sampled_from(("", "+")))
    shift = data.draw(st.integers(-8, 8))
    scaled = abs(value) / Fraction(10) ** shift
    places = 40
    digits = str(int(scaled * 10**places)).rjust(places + 1, "0")
    body = digits[:-places] + "." + digits[-places:].rstrip("0") + "0" * data.draw(st.integers(0, 3))
    body = "0" * data.draw(st.integers(0, 2)) + body
    return f"{sign}{body}{data.draw(st.sampled_from('eE'))}{shift}" if shift else sign + body


@given(st.lists(st.one_of(whole, parts), min_size=1, max_size=5), st.data())
def test_the_spelling_of_a_number_changes_nothing(numbers: list[str], data: st.DataObject):
    assert accepting(NUMERIC, [" ".join(numbers)], " ".join(spelled(number, data) for number in numbers)) == [*NUMERIC]


@given(st.one_of(whole, parts), st.one_of(whole, parts), st.data())
def test_two_spellings_of_one_answer_get_one_verdict(expected: str, got: str, data: st.DataObject):
    assert accepting(NUMERIC, [expected], got) == accepting(NUMERIC, [expected], spelled(got, data))


@given(st.one_of(whole, parts), st.one_of(whole, parts))
def test_decimal_is_equality_of_values(expected: str, got: str):
    assert judge("decimal", [expected], got) == (Fraction(expected) == Fraction(got))


@given(text, st.data())
def test_a_line_dropped_repeated_or_cut_counts(expected: list[str], data: st.DataObject):
    place = data.draw(st.integers(0, len(expected) - 1))
    before, item, after = expected[:place], expected[place], expected[place + 1 :]
    cut = item.split(" ")[:-1]
    for got in ([*before, *after], [*before, item, item, *after], [*before, " ".join(cut), *after]):
        assert accepting(RULES, expected, "\n".join(got)) == []


@given(text, st.data())
def test_a_word_with_a_letter_more_counts(expected: list[str], data: st.DataObject):
    place = data.draw(st.integers(0, len(expected) - 1))
    assert accepting(RULES, expected, "\n".join([*expected[:place], expected[place] + "x", *expected[place + 1 :]])) == []


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=300)
@given(st.text(max_size=40), st.binary(max_size=60))
def test_no_output_raises_and_each_equals_itself(rule: ComparisonName, expected: str, got: bytes):
    compare = make_comparer(Comparison(rule))
    assert compare(expected, got) in (True, False)
    assert compare(expected, expected.encode("utf-8", "surrogatepass"))


def _alike(expected: list[str], got: list[str]) -> bool:
    """Whether two lists of lines are the same to the most lenient of the ordered rules."""
    return make_comparer(Comparison("allclose"))(" ".join(expected), " ".join(got).encode())
