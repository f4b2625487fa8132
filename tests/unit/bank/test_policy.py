"""The policy of the bank: the budget holds, what is needed is bought, what is wrong goes, and what is good stays."""

from dataclasses import replace

import numpy as np
import pytest
from holdings import Ticks, verdicts, written
from hypothesis import given, settings
from hypothesis import strategies as st

from coderm.bank.bank import Bank
from coderm.bank.policy import Buy, Holding, Retire, decide, fault, gains, need, parting_chance, retirements, surely_most
from coderm.bank.records import GroupStatistics, Statistics
from coderm.config.bank import BankConfig
from coderm.messages.problem import Problem

CONFIG = BankConfig(total=1000)
COUNTS = st.integers(0, 40)
STATISTICS = st.builds(
    Statistics,
    *[COUNTS] * 3,
    errors=COUNTS,
    unsteady=st.integers(0, 4),
    parted=COUNTS,
    idle=COUNTS,
    agreed=COUNTS,
    against=COUNTS,
    void=COUNTS,
)
GROUPS = st.builds(
    lambda groups, alike, split, passed, failed: GroupStatistics(
        groups, alike, split, alike, 0 if alike else split, passed, passed + failed
    ),
    *[COUNTS] * 5,
)


@st.composite
def holdings(draw):
    active = draw(st.dictionaries(st.integers(0, 20), STATISTICS, max_size=8))
    held = draw(COUNTS)
    return Holding(
        str(draw(st.integers())),
        draw(st.booleans()),
        held + draw(st.integers(0, 2)),
        held,
        active,
        tuple(active.values()),
        draw(GROUPS),
        draw(st.none() | st.floats(0, 1)),
    )


CONFIGS = st.builds(
    BankConfig,
    total=st.integers(0, 300),
    start=st.integers(0, 12),
    cap=st.integers(1, 20),
    batch=st.integers(1, 9),
    keep=st.integers(1, 6),
    step_share=st.floats(0.01, 1),
    least_gain=st.floats(0, 1),
)


def bought(decisions):
    return {item.problem_id: item.tests for item in decisions if isinstance(item, Buy)}


@given(st.lists(holdings(), max_size=6), st.integers(0, 400), CONFIGS)
def test_the_budget_is_never_overspent(found, spent, config):
    numbers = [item.tests for item in decide(found, spent, config) if isinstance(item, Buy)]
    assert sum(numbers) <= max(config.total - spent, 0)
    assert all(number > 0 for number in numbers)


@given(st.lists(holdings(), max_size=6), st.integers(0, 400), CONFIGS)
def test_the_same_state_gives_the_same_decisions_and_caps_hold(found, spent, config):
    decisions = decide(found, spent, config)
    assert decisions == decide(found, spent, config)
    allowed = [max(config.cap - item.wanted, 0) for item in found if not item.given]
    assert sum(item.tests for item in decisions if isinstance(item, Buy)) <= sum(allowed)


@given(holdings(), CONFIGS)
def test_a_steady_test_that_parts_and_agrees_is_never_retired(holding, config):
    gone = dict(retirements(holding, config))
    for place, known in holding.active.items():
        good = known.idle < config.idle_groups and known.unsteady < config.unsteady_programs
        if good and known.agreed >= known.against and known.passes:
            assert place not in gone


@given(holdings(), CONFIGS)
def test_tests_of_the_owner_are_never_retired_and_never_bought(holding, config):
    owned = replace(holding, given=True)
    assert decide([owned], 0, config) == []


@given(holdings(), CONFIGS)
def test_idling_alone_never_leaves_fewer_tests_than_are_to_be_kept(holding, config):
    gone = retirements(holding, config)
    wrong = sum(reason != "idle" for _, reason in gone)
    if len(gone) > wrong:
        assert len(holding.active) - len(gone) >= config.keep


@given(holdings(), CONFIGS)
def test_gains_are_chances_that_never_rise(holding, config):
    found = gains(holding, config)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) <= 1e-12).all()


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (Statistics(passes=9, unsteady=3), "unsteady"),
        (Statistics(passes=9, unsteady=2), None),
        (Statistics(void=3), "broken"),
        (Statistics(void=3, passes=1), None),
        (Statistics(passes=9, against=4), "against"),
        (Statistics(passes=9, against=3), None),
        (Statistics(passes=9, against=8, agreed=1), "against"),
        (Statistics(passes=9, against=11, agreed=5), None),
    ],
)
def test_a_test_is_at_fault_by_these_thresholds(known, reason):
    assert fault(known, CONFIG) == reason


def test_most_are_surely_against_at_four_of_four_eight_of_nine_and_twelve_of_sixteen():
    least = {whole: min(part for part in range(whole + 1) if surely_most(part, whole)) for whole in (4, 9, 16)}
    assert least == {4: 4, 9: 8, 16: 12}
    assert not surely_most(0, 0)
    assert not any(surely_most(part, whole) for whole in (1, 2, 3) for part in range(whole + 1))


def holding(name="p", alike_row=0, split_row=0, parted=2, tests=8, **changes):
    known = {place: Statistics(uses=8, passes=6, fails=2, parted=int(place < parted)) for place in range(tests)}
    groups = GroupStatistics(9, alike_row, split_row, alike_row, split_row, 36, 72)
    return replace(Holding(name, False, tests, tests, known, tuple(known.values()), groups), **changes)


def test_a_problem_gets_its_first_tests_in_the_order_in_which_problems_are_wanted():
    found = [Holding("a"), Holding("b", given=True), Holding("c"), Holding("d")]
    assert bought(decide(found, 0, CONFIG)) == {"a": 8, "c": 8, "d": 8}
    assert bought(decide(found, CONFIG.total - 12, CONFIG)) == {"a": 8, "c": 4}
    assert bought(decide(found, CONFIG.total, CONFIG)) == {}


def test_more_are_bought_for_groups_that_are_alike_or_split_and_none_for_others():
    found = [holding("alike", alike_row=3), holding("fine"), holding("split", split_row=3)]
    assert set(bought(decide(found, 100, CONFIG))) == {"alike", "split"}


def test_groups_in_which_all_programs_are_right_get_no_more_after_a_while():
    """Nothing is left to part: each test that parts nothing and each program that passes makes a difference less likely."""
    often = GroupStatistics(40, 40, 0, 40, 0, 320, 320)
    assert bought(decide([holding(alike_row=9, parted=0, tests=40, groups=often)], 100, CONFIG)) == {}
    assert bought(decide([holding(alike_row=9, parted=0, tests=8, groups=often)], 100, CONFIG))["p"] > 0


def test_a_prediction_takes_the_place_of_the_counted_pass_rate():
    sure, even = (parting_chance(holding(parted=0, tests=0, pass_rate=rate)) for rate in (1.0, 0.5))
    assert (sure, even) == (0, 0.5)


def test_nothing_is_bought_while_tests_are_still_to_be_written():
    assert bought(decide([holding(alike_row=3, wanted=12)], 100, CONFIG)) == {}


def test_one_decision_spends_its_share_of_what_is_left_and_the_neediest_come_first():
    found = [holding(str(row), alike_row=row) for row in (1, 2, 9)]
    assert bought(decide(found, 900, BankConfig(total=1000, step_share=0.02))) == {"2": 1, "9": 1}


def test_a_row_of_like_groups_makes_the_need_surer():
    assert [need(row) for row in (1, 2, 3)] == [1 / 2, 2 / 3, 3 / 4]


def test_a_split_vote_needs_the_less_the_more_tests_part_it():
    few, many = (gains(holding(split_row=2, parted=number, tests=8), CONFIG)[0] / (number + 4) for number in (1, 6))
    assert few > many


def test_the_longest_idle_tests_go_first():
    known = {place: Statistics(uses=9, passes=9, idle=20 + place) for place in range(6)}
    found = retirements(holding(active=known), CONFIG)
    assert found == [(4, "idle"), (5, "idle")]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_through_any_training_the_budget_holds_and_every_test_stays_readable(data, tmp_path_factory):
    config = BankConfig(total=data.draw(st.integers(0, 40)), start=3, cap=12, keep=1, idle_groups=2, unsteady_programs=1)
    directory = tmp_path_factory.mktemp("bank")
    ids = ["a", "b"]
    with Bank(directory, clock=Ticks()) as bank:
        for name in ids:
            bank.enter(Problem(name, "q"))
        suites = {}
        for step in range(data.draw(st.integers(1, 6))):
            decisions = decide([bank.holding(name) for name in ids], bank.spent(), config)
            bank.apply(decisions, config.total)
            assert bank.spent() <= config.total
            for name in ids:
                known = bank.problem(name)
                bank.add(name, written(*(f"{step} {number}" for number in range(known.wanted - known.held))))
                suite = bank.suite_of(name)
                suites[name, suite.version] = suite
                rows = data.draw(
                    st.lists(st.text("pfeu", min_size=len(suite.suite), max_size=len(suite.suite)), min_size=1, max_size=4)
                )
                bank.observe(name, suite.version, verdicts(*rows), programs=("same",) * len(rows))
        assert {key: bank.suite(*key) for key in suites} == suites
        for name in ids:
            kept = [item for item in bank.tests_of(name) if item.retired is not None]
            assert all(item.content and item.reason for item in kept)


def test_decisions_are_carried_out_as_they_are(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(Problem("p", "q"))
        bank.apply([Buy("p", 3)], 10)
        bank.add("p", written("a", "b", "c"))
        bank.apply([Retire("p", 0, "unsteady"), Retire("p", 2, "idle"), Buy("p", 1)], 10)
        assert [item.reason for item in bank.tests_of("p")] == ["unsteady", "", "idle"]
        assert (bank.problem("p").wanted, bank.spent()) == (4, 4)
