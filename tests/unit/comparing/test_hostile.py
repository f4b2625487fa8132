"""Outputs made to hurt a comparer: they cost linear time, little memory, and never an exception."""

import tracemalloc

import pytest

from coderm.comparing.factory import make_comparer
from coderm.messages.case_rules import ComparisonName
from coderm.messages.cases import Comparison

RULES: tuple[ComparisonName, ...] = ("exact", "tokens", "decimal", "allclose", "unordered")
SIZE = 10_000_000
HOSTILE = {
    "one integer": b"9" * SIZE,
    "one word": b"a" * SIZE,
    "one line of short words": b"a " * (SIZE // 2),
    "empty lines before a word": b"\n" * SIZE + b"x",
    "short lines": b"7\n" * (SIZE // 2),
    "no UTF-8": b"\xff" * SIZE,
    "NUL bytes": b"\0" * SIZE,
    "a numeral that fails at its end": b"1" * SIZE + b"e",
    "a long exponent": b"1e" + b"9" * SIZE,
    "a small double of many digits": b"0." + b"0" * SIZE + b"1",
    "signs": b"+-" * (SIZE // 2),
    "carriage returns": b"\r" * SIZE + b"x",
}
FEW = 4
"""Copies of the output that a comparer may hold beside it: a window or a word, and its parts."""


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", HOSTILE)
def test_an_output_made_to_hurt_is_judged(rule: ComparisonName, name: str):
    output = HOSTILE[name][: SIZE // 100] + HOSTILE[name][-1:]
    compare = make_comparer(Comparison(rule))
    assert not compare("1 2\n3\n", output)
    assert compare(output.decode("utf-8", "ignore"), output) == (name != "no UTF-8")


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", HOSTILE)
def test_ten_megabytes_are_judged_in_little_memory(rule: ComparisonName, name: str):
    compare = make_comparer(Comparison(rule))
    tracemalloc.start()
    try:
        assert not compare("1 2\n3\n", HOSTILE[name])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < FEW * SIZE


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "no UTF-8"])
def test_two_megabytes_equal_themselves_but_for_the_end(rule: ComparisonName, name: str):
    compare = make_comparer(Comparison(rule))
    output = HOSTILE[name][: SIZE // 5] + HOSTILE[name][-1:]
    assert compare(output.decode(), output + b"\n")
    assert not compare(output.decode(), output + b" 1 2 3")


@pytest.mark.parametrize("rule", ["decimal", "allclose"])
def test_numerals_of_a_million_digits_have_values(rule: ComparisonName):
    compare = make_comparer(Comparison(rule))
    assert compare("1" + "0" * 1_000_000, b"1e1000000")
    assert compare("0." + "0" * 999_999 + "1", b"1e-1000000")
    assert not compare("1" + "0" * 1_000_000, b"1e1000001")
