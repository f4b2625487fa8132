"""Parity of outputs: vectors whose verdicts the real graders gave, and no output that raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.comparing.factory import make_comparer
from coderm.messages.case_rules import ComparisonName
from coderm.messages.cases import Comparison

MODES: tuple[ComparisonName, ...] = ("parity_livecodebench", "parity_apps", "parity_verl", "parity_verl_sandbox")
VECTORS = [
    # expected, got, the graders that call it right
    ("1 2\n3\n", "1 2\n3", "livecodebench apps verl verl_sandbox"),
    ("1 2\n3\n", "1 2 \r\n3\n\n", "livecodebench apps verl"),
    ("5", "5.0", "livecodebench apps verl"),
    ("10", "1_0", "livecodebench apps verl"),
    ("10", "\u0661\u0660", "livecodebench apps"),
    ("1 2", "1  2", "livecodebench apps"),
    ("a b", "a  b", "apps"),
    ("2 1", "1 2", "apps"),
    ("1\n2", "2\n1", "apps"),
    ("1\n1\n2", "1\n2", "apps"),
    ("0.333333", "0.33333333", "apps verl"),
    ("1.0004", "1.0001", "apps"),
    ("50000000000000000", "50000000000000001", "apps"),
    ("50000000000000000.0", "50000000000000001", "apps verl"),
    ("1\n\n2", "1\n2", "apps verl"),
    ("1\n2", "1\n\n2", "apps verl"),
    ("nan", "NaN", ""),
    ("inf", "1e400", "apps verl"),
    ("YES", "yes", ""),
    ("a", "b", ""),
]
SHORT = {mode: mode.removeprefix("parity_") for mode in MODES}


@pytest.mark.parametrize(("expected", "got", "right"), VECTORS)
def test_each_mode_answers_as_its_grader(expected: str, got: str, right: str):
    assert [SHORT[mode] for mode in MODES if make_comparer(Comparison(mode))(expected, got.encode())] == right.split()


@pytest.mark.parametrize("mode", MODES)
@given(st.text(max_size=30), st.binary(max_size=40))
def test_no_output_raises(mode: ComparisonName, expected: str, got: bytes):
    assert make_comparer(Comparison(mode))(expected, got) in (True, False)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "got", [b"9" * 300_000, b"1 " * 100_000, b"sNaN", b"1e99999999999999999999", b"\xff", b"\n" * 300_000, b"1e999999999"]
)
def test_no_hostile_output_passes(mode: ComparisonName, got: bytes):
    assert not make_comparer(Comparison(mode))("5 6", got)
