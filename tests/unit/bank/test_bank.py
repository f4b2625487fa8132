"""The bank: what was registered or added is there, and what was a suite once can be read again."""

import dataclasses
import sqlite3
from contextlib import closing

import pytest
from holdings import CASES, GIVEN, PROBLEM, Ticks, verdicts, written

from coderm.bank.bank import Bank
from coderm.bank.database import FILE
from coderm.errors import DataError
from coderm.messages.cases import Case
from coderm.messages.scoring import Cases, UnitTests
from coderm.storage.holding import LOCK


@pytest.fixture
def bank(tmp_path):
    with Bank(tmp_path / "bank", run="run 1", clock=Ticks()) as opened:
        yield opened


def texts(bank, version=None):
    suite = bank.suite_of("p/0") if version is None else bank.suite("p/0", version)
    return suite.suite.tests


@pytest.mark.parametrize("suite", [GIVEN, CASES, UnitTests(()), Cases(())])
def test_tests_of_the_owner_come_back_in_their_order_doubles_included(bank, suite):
    known = bank.enter(PROBLEM, suite)
    assert bank.suite_of("p/0").suite == suite
    assert bank.suite_of("p/0").problem == PROBLEM
    assert (known.given, known.active, known.retired, known.held) == (True, len(suite), 0, 0)


def test_a_case_of_ten_megabytes_comes_back(bank):
    suite = Cases((Case("1\n" * 5_000_000, "2\n"),))
    bank.enter(PROBLEM, suite)
    assert bank.suite_of("p/0").suite == suite


def test_the_same_again_changes_nothing(bank):
    bank.enter(PROBLEM, GIVEN)
    before = bank.suite_of("p/0"), bank.tests_of("p/0")
    bank.enter(PROBLEM, GIVEN)
    bank.enter(PROBLEM)
    assert (bank.suite_of("p/0"), bank.tests_of("p/0")) == before


def test_what_was_entered_is_there_when_the_bank_is_opened_again(bank, tmp_path):
    bank.enter(PROBLEM, CASES)
    bank.observe("p/0", 1, verdicts("pf", "pp"))
    kept = bank.suite_of("p/0"), bank.tests_of("p/0"), bank.problem("p/0")
    bank.close()
    assert [path.name for path in (tmp_path / "bank").iterdir() if "journal" not in path.name] == ["bank.sqlite"]
    with Bank(tmp_path / "bank") as again:
        assert (again.suite_of("p/0"), again.tests_of("p/0"), again.problem("p/0")) == kept


def test_generated_tests_have_a_provenance_and_doubles_are_left_out(bank):
    bank.enter(PROBLEM)
    assert bank.add("p/0", written("test 0", "test 1", "test 0"), asked=3, requests=1) == 2
    assert bank.add("p/0", written("test 1", "test 2"), asked=2, requests=1) == 1
    assert texts(bank) == ("test 0", "test 1", "test 2")
    known = bank.problem("p/0")
    assert (known.given, known.active, known.held, known.asked, known.requests) == (False, 3, 3, 5, 2)
    kept = bank.tests_of("p/0")[2].provenance
    assert (kept.origin, kept.model, kept.prompt, kept.seed, kept.offset, kept.run) == ("generated", "tiny", "hash", 7, 1, "run")


def test_every_version_of_a_suite_can_be_read_again(bank):
    bank.enter(PROBLEM)
    seen = {}
    for step in range(6):
        bank.add("p/0", written(f"test {step}"))
        if step % 2:
            bank.retire("p/0", [step - 1], "idle")
        suite = bank.suite_of("p/0")
        seen[suite.version] = suite
    assert {version: bank.suite("p/0", version) for version in seen} == seen
    assert texts(bank) == ("test 1", "test 3", "test 5")


def test_a_retired_test_stays_readable_with_its_reason_and_time(bank):
    bank.enter(PROBLEM)
    bank.add("p/0", written("test 0", "test 1"))
    bank.retire("p/0", [0], "unsteady")
    gone, kept = bank.tests_of("p/0")
    assert (gone.content, gone.reason, gone.retired is not None) == ("test 0", "unsteady", True)
    assert (kept.content, kept.reason, kept.retired) == ("test 1", "", None)
    bank.retire("p/0", [0], "idle")
    assert bank.tests_of("p/0")[0] == gone


def test_a_retired_test_is_not_written_anew(bank):
    bank.enter(PROBLEM)
    bank.add("p/0", written("test 0"))
    bank.retire("p/0", [0], "against")
    assert bank.add("p/0", written("test 0")) == 0


def test_another_suite_makes_a_version_and_the_former_one_comes_back_as_it_was(bank):
    bank.enter(PROBLEM, GIVEN)
    bank.enter(PROBLEM, CASES)
    assert bank.suite_of("p/0").version == 2
    assert [item.reason for item in bank.tests_of("p/0")] == ["replaced"] * 3 + [""] * 2
    bank.enter(PROBLEM, GIVEN)
    assert (bank.suite_of("p/0").version, bank.suite_of("p/0").suite, len(bank.tests_of("p/0"))) == (1, GIVEN, 5)


def test_another_comparison_is_another_suite(bank):
    bank.enter(PROBLEM, CASES)
    bank.enter(PROBLEM, dataclasses.replace(CASES, nonzero_exit="fails"))
    assert bank.suite_of("p/0").version == 2
    assert bank.suite("p/0", 1).suite == CASES


def test_generated_tests_do_not_outlive_the_question_they_were_written_for(bank):
    bank.enter(PROBLEM)
    bank.buy({"p/0": 2}, 10)
    bank.add("p/0", written("test 0", "test 1"))
    changed = dataclasses.replace(PROBLEM, question="Subtract.")
    bank.enter(changed)
    assert texts(bank) == ()
    assert bank.add("p/0", written("late"), text=PROBLEM) == 1
    assert texts(bank) == ()
    assert bank.spent() == 2
    bank.enter(PROBLEM)
    assert texts(bank) == ("test 0", "test 1")
    assert bank.suite_of("p/0").problem == PROBLEM


def test_tests_of_the_owner_stay_when_the_text_of_the_problem_changes(bank):
    bank.enter(PROBLEM, GIVEN)
    changed = dataclasses.replace(PROBLEM, prelude="import math")
    bank.enter(changed)
    assert (bank.suite_of("p/0").suite, bank.suite_of("p/0").problem) == (GIVEN, changed)
    assert bank.suite("p/0", 1).problem == PROBLEM


def test_a_forgotten_problem_is_gone_until_it_is_registered_again(bank):
    bank.enter(PROBLEM, GIVEN)
    assert bank.forget("p/0")
    assert not bank.forget("p/0")
    assert (bank.problem("p/0"), bank.suite_of("p/0"), bank.problem_ids()) == (None, None, [])
    assert bank.suite("p/0", 1).suite == GIVEN
    assert {item.reason for item in bank.tests_of("p/0")} == {"forgotten"}
    bank.enter(PROBLEM)
    assert bank.suite_of("p/0").suite == GIVEN
    assert {item.reason for item in bank.tests_of("p/0")} == {""}


def test_tests_written_for_a_problem_that_was_forgotten_meanwhile_are_kept_as_retired(bank):
    bank.enter(PROBLEM)
    bank.forget("p/0")
    bank.add("p/0", written("test 0"), text=PROBLEM)
    assert [item.reason for item in bank.tests_of("p/0")] == ["forgotten"]


def test_a_problem_that_nobody_registered_is_unknown(bank):
    assert (bank.problem("q"), bank.suite_of("q"), bank.forget("q"), bank.tests_of("q")) == (None, None, False, [])
    with pytest.raises(DataError, match="q: is not in the bank; register it first"):
        bank.add("q", written("test"))
    with pytest.raises(DataError, match="q: the bank has no version 1"):
        bank.suite("q", 1)


@pytest.mark.parametrize("name", ["", "\ud800", "a\0b"])
def test_an_id_that_no_file_could_hold_is_refused(bank, name):
    with pytest.raises(DataError, match="is no id of a problem"):
        bank.enter(dataclasses.replace(PROBLEM, task_id=name))


def test_more_is_never_bought_than_the_budget_has(bank):
    bank.enter(PROBLEM)
    bank.buy({"p/0": 7}, 10)
    with pytest.raises(DataError, match="the budget is 10 tests, and this would make 11"):
        bank.buy({"p/0": 4}, 10)
    bank.forget("p/0")
    assert bank.spent() == 7


def test_a_group_counts_once_under_its_key(bank):
    bank.enter(PROBLEM, UnitTests(("a", "b")))
    assert bank.observe("p/0", 1, verdicts("pf", "pp"), key="step 1")
    assert not bank.observe("p/0", 1, verdicts("pf", "pp"), key="step 1")
    assert bank.tests_of("p/0")[1].statistics.uses == 2
    assert bank.problem("p/0").groups.groups == 1


def test_a_group_of_an_older_version_counts_for_the_tests_it_had(bank):
    bank.enter(PROBLEM)
    bank.add("p/0", written("a", "b", "c"))
    version = bank.suite_of("p/0").version
    bank.retire("p/0", [1], "idle")
    bank.observe("p/0", version, verdicts("pfp", "ppp"))
    assert [item.statistics.fails for item in bank.tests_of("p/0")] == [0, 1, 0]


def unsteady(bank):
    return [item.statistics.unsteady for item in bank.tests_of("p/0")]


def test_a_test_that_judges_a_program_otherwise_in_a_later_group_is_unsteady(bank):
    bank.enter(PROBLEM)
    bank.add("p/0", written("a", "b", "c"))
    bank.observe("p/0", 2, verdicts("pfp", "ppp"), programs=("x", "y"))
    bank.retire("p/0", [0], "idle")
    bank.observe("p/0", 3, verdicts("pl", "pf"), programs=("x", "y"))
    assert unsteady(bank) == [0, 1, 1]
    bank.observe("p/0", 3, verdicts("pp", "pf"), programs=("x", "y"))
    assert unsteady(bank) == [0, 1, 1]


def test_verdicts_of_the_last_programs_are_kept_and_no_more(bank):
    bank.enter(PROBLEM, UnitTests(("a",)))
    for number in range(3):
        names = tuple(f"{number} {place}" for place in range(40))
        bank.observe("p/0", 1, verdicts(*["p"] * 40), programs=names)
    bank.observe("p/0", 1, verdicts("f", "f"), programs=("0 39", "2 39"))
    assert unsteady(bank) == [1]
    assert len(bank.rows.recent("p/0")) == 64


def test_verdicts_of_another_shape_are_refused(bank):
    bank.enter(PROBLEM, GIVEN)
    with pytest.raises(DataError, match=r"p/0: verdicts are \(1, 2\), version 1 has 3 tests"):
        bank.observe("p/0", 1, verdicts("pp"))


def test_equal_texts_of_many_problems_are_kept_once(bank, tmp_path):
    for number in range(3):
        bank.enter(dataclasses.replace(PROBLEM, task_id=str(number)), GIVEN)
    with closing(sqlite3.connect(tmp_path / "bank" / FILE)) as database:
        assert database.execute("select payload from contents order by payload").fetchall() == [(b"test a",), (b"test b",)]


def test_a_bank_says_who_holds_it_while_it_is_held(bank, tmp_path):
    assert (tmp_path / "bank" / LOCK).exists()
    with Bank(tmp_path / "bank", readonly=True) as reader:
        assert reader.problem_ids() == []
