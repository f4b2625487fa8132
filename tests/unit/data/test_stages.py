"""Sampling, repair and quality control of tests."""

from dataclasses import replace

import pytest

from coderm.data.asking import PairsLost
from coderm.data.records import FailingTest, Rates, Record, Rejected, Why, WrittenTest
from coderm.data.stages.quality import Quality
from coderm.data.stages.repair import Repair
from coderm.data.stages.synthesize import Synthesize
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict, UnitTests

from .world import a_record, a_test, drive, fenced, judged, settings, texts

RIGHT, WRONG = a_test("f(1)", "2"), a_test("f(1)", "3")


def keyed(*codes: str) -> tuple[WrittenTest, ...]:
    return tuple(WrittenTest(code, f"key {number}") for number, code in enumerate(codes))


def test_sampling_goes_on_until_enough_tests_are_valid():
    answers = texts(fenced(RIGHT), fenced(RIGHT)), judged, texts(fenced(a_test("f(2)", "3")), "no test"), judged
    found, asked = drive(Synthesize(settings())(a_record()), *answers)
    assert isinstance(found, Record)
    assert [test.code for test in found.tests] == [RIGHT, a_test("f(2)", "3")]
    assert [ask.request.offset for ask in asked[::2]] == [0, 2]


def test_sampling_ends_at_the_cap_and_keeps_what_fails_for_repair():
    found, asked = drive(Synthesize(settings())(a_record()), texts(fenced(WRONG), "no"), judged, texts("no", "no"))
    assert isinstance(found, Record)
    assert (found.tests, [test.code for test in found.failing]) == ((), [WRONG])
    assert len(asked) == 3


def test_a_test_that_was_cut_at_the_limit_of_tokens_is_left_out_although_it_is_valid():
    cut = f"```python\n{RIGHT}\n    def test_more(self):\n        self.assertEqual(f("
    talks_on = f"{fenced(a_test('f(2)', '3'))}\nAnd so on, and"
    answers = texts(cut, talks_on, finish="length"), judged, texts("no", "no")
    found, _ = drive(Synthesize(settings())(a_record()), *answers)
    assert isinstance(found, Record)
    assert [test.code for test in found.tests] == [a_test("f(2)", "3")]
    assert found.dropped == {"cut_short": 1}
    kept = quality([EASY, HARD, SAME], most_accepted=1.0, dropped=found.dropped)
    assert isinstance(kept, Record)
    assert kept.dropped == {"near_duplicate": 1, "cut_short": 1}


def test_a_mended_test_that_was_cut_is_no_test():
    stage = Repair(settings(repair={"rounds": 1}))
    cut = f"```python\n{RIGHT}\n    def test_more(self):\n        self.assertEqual(f("
    found, _ = drive(stage(failing()), texts(cut, finish="length"))
    assert found == Rejected(Why.NO_VALID_TEST)


def test_a_lost_pair_is_no_verdict():
    lost = (ProgramVerdict((Outcome.LOST,), (0.0,), lost="the machine is at fault"),)
    with pytest.raises(PairsLost, match=r"p/0: the machine is at fault"):
        drive(Synthesize(settings())(a_record()), texts(fenced(RIGHT), "no"), lost)


def failing(code: str = WRONG) -> Record:
    return replace(a_record(), failing=(FailingTest(code, "k" * 16, "AssertionError: 2 != 3"),))


def test_a_failing_test_goes_back_with_the_interpreter_s_words():
    found, (asked, _) = drive(Repair(settings(repair={"rounds": 2}))(failing()), texts(fenced(RIGHT)), judged)
    assert isinstance(found, Record)
    assert [(test.code, test.repaired) for test in found.tests] == [(RIGHT, 1)]
    assert "AssertionError: 2 != 3" in asked.request.messages[0].content
    assert asked.request.task_id == "p/0|repair/1/kkkkkkkkkkkk"


def test_a_repair_that_changes_more_is_not_taken():
    stage = Repair(settings(repair={"rounds": 1}))
    for answer in (a_test("f(0)", "1"), a_test("f(1)", "f(1)")):
        found, _ = drive(stage(failing()), texts(fenced(answer)))
        assert found == Rejected(Why.NO_VALID_TEST)


def test_rounds_are_bounded():
    four = texts(fenced(a_test("f(1)", "4")))
    found, asked = drive(
        Repair(settings(repair={"rounds": 2}))(failing()), four, judged, texts(fenced(a_test("f(1)", "5"))), judged
    )
    assert found == Rejected(Why.NO_VALID_TEST)
    assert [ask.request.task_id.split("/")[2] for ask in asked[::2]] == ["1", "2"]


REFERENCE = "def f(x):\n    if x > 3:\n        return 0\n    return x + 1\n"
WEAK = ("def f(x):\n    return x + 1\n", "def f(x):\n    return 2\n", REFERENCE)


def quality(tests, labels=None, dropped=None, **settings_of_quality):
    record = replace(a_record(REFERENCE), tests=keyed(*tests), labels=labels, dropped=dropped or {})
    weak = texts(*map(fenced, WEAK))
    config = settings(quality={"programs": 3, **settings_of_quality})
    return drive(Quality(config)(record), weak, *([judged] if labels is None else [judged, judged]))[0]


EASY, HARD, SAME = a_test("f(1)", "2"), a_test("f(4)", "0"), a_test("f( 1 )", "2", "Other")
EMPTY = a_test("f(1)", "f(1)")


def test_tests_get_their_rates_and_useless_ones_go():
    found = quality([EASY, HARD, SAME, EMPTY], most_accepted=1.0)
    assert isinstance(found, Record)
    assert [test.code for test in found.tests] == [EASY, HARD]
    assert found.tests[0].rates == Rates(1, 2, 0, 0)
    assert found.tests[1].rates == Rates(1, 0, 0, 2)
    assert [program.right for program in found.programs] == [False, False, True]
    assert found.dropped == {"near_duplicate": 1, "tautology": 1}
    assert found.mutants == 4


def test_a_test_that_accepts_wrong_programs_is_cut_by_the_threshold():
    found = quality([EASY, HARD])
    assert isinstance(found, Record)
    assert [test.code for test in found.tests] == [HARD]
    assert found.dropped == {"accepts_wrong": 1}


def test_the_source_s_own_cases_are_the_better_labels():
    found = quality([EASY], UnitTests((EASY, HARD)), most_accepted=1.0)
    assert isinstance(found, Record)
    assert [program.right for program in found.programs] == [False, False, True]


def test_a_record_without_a_useful_test_is_a_reject():
    record = replace(a_record(), tests=keyed(EMPTY))
    found, asked = drive(Quality(settings())(record))
    assert found == Rejected(Why.NO_TEST_LEFT, "tautology 1")
    assert asked == []
