"""Near-duplicates are found by signatures, whatever the order of words elsewhere."""

from pathlib import Path

import pytest

from coderm.config.data import DuplicatesConfig
from coderm.data.records import Rejected, Why
from coderm.data.sieve import Sieve
from coderm.data.stages.near_duplicates import band_rows
from coderm.data.store import Store

from .world import a_record, settings

QUESTION = (
    "Write a function that gets a list of whole numbers and a limit, and returns the sum of all numbers in the list that do not "
    "exceed the limit. Numbers may be negative, and an empty list has the sum zero. The list is not changed."
)


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9])
def test_bands_find_nearly_all_pairs_at_the_threshold(threshold):
    rows = band_rows(threshold, 128)
    assert 1 - (1 - threshold**rows) ** (128 // rows) >= 0.99
    assert DuplicatesConfig().threshold == 0.7


def test_a_reworded_question_is_out_and_another_one_stays(tmp_path: Path):
    other = "Write a function that returns how many words of a text begin with a capital letter."
    reworded = "Please " + QUESTION.replace("whole numbers", "integers").upper()
    with Store(tmp_path / "b.sqlite") as store:
        sieve = Sieve(settings(), store)
        found = [sieve(a_record(question=text, position=place))[1] for place, text in enumerate((QUESTION, other, reworded))]
    assert [isinstance(item, Rejected) for item in found] == [False, False, True]
    assert isinstance(found[2], Rejected)
    assert found[2].why is Why.NEAR_DUPLICATE
    assert found[2].detail.endswith("of p/0")


def test_what_was_seen_before_a_kill_is_still_known(tmp_path: Path):
    with Store(tmp_path / "b.sqlite") as store:
        Sieve(settings(), store)(a_record(question=QUESTION))
    with Store(tmp_path / "b.sqlite") as store:
        sieve = Sieve(settings(), store)
        again, copy = sieve(a_record(question=QUESTION))[1], sieve(a_record(question=QUESTION, position=1))[1]
    assert not isinstance(again, Rejected)
    assert isinstance(copy, Rejected)
