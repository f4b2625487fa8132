"""A judgement is read strictly."""

import pytest

from coderm.data.records import Rejected, Why
from coderm.data.stages.suitability import Category, Judgement, Suitability, read_judgement
from coderm.messages.events import Sampled
from coderm.messages.samples import Sample

from .world import a_record, drive, settings, texts

NO = Judgement(False)
REPLIES = [
    ("It returns a number.\nANSWER: NO", NO),
    ("Fine.\n\n**ANSWER: NO**\n", NO),
    ("It waits.\nANSWER: YES (time)", Judgement(True, (Category.TIME,))),
    ("Both.\nANSWER: YES (side effects, user input)", Judgement(True, (Category.SIDE_EFFECTS, Category.USER_INPUT))),
    ("", None),
    ("It is suitable.", None),
    ("YES", None),
    ("ANSWER: maybe", None),
    ("ANSWER: YES", None),
    ("ANSWER: YES (it is ugly)", None),
    ("ANSWER: NO (time)", None),
    ("ANSWER: NO\nANSWER: YES (time)", None),
    ("ANSWER: NO\nBut it prints.", None),
]


@pytest.mark.parametrize(("reply", "found"), REPLIES)
def test_a_reply_has_one_verdict_in_its_last_line_or_none(reply, found):
    assert read_judgement(reply) == found


def test_the_ten_categories_are_all_asked_about():
    _, (asked,) = drive(Suitability(settings(judge={"ask": True}))(a_record()), texts("ANSWER: NO"))
    assert len(Category) == 10
    assert all(f"- {category.value}:" in asked.request.messages[0].content for category in Category)


def test_an_unreadable_reply_is_asked_for_again_and_then_counted():
    stage, record = Suitability(settings(judge={"ask": True})), a_record()
    found, asked = drive(stage(record), texts("Hm."), texts("ANSWER: NO"))
    assert found is record
    assert [ask.request.offset for ask in asked] == [0, 1]
    assert [ask.request.sampling.temperature for ask in asked] == [0.0, 0.8]
    found, _ = drive(stage(record), texts("Hm."), texts("Hm."))
    assert found == Rejected(Why.NO_VERDICT, "2 replies")
    found, _ = drive(stage(record), texts("ANSWER: YES (time)"))
    assert found == Rejected(Why.UNSUITABLE, "time")


def test_a_prompt_that_does_not_fit_ends_its_record_alone():
    refused = Sampled("", (Sample("", rejected="prompt_too_long"),))
    found, _ = drive(Suitability(settings(judge={"ask": True}))(a_record()), refused)
    assert found == Rejected(Why.PROMPT_TOO_LONG)
