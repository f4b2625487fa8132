"""Each term against its formula."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.client.contract import RewardTerm
from coderm.errors import InputError
from coderm.messages.scoring import ProgramVerdict
from coderm.rewards.factory import make_reward
from coderm.rewards.group import Rollout
from coderm.rewards.reward import reward_group
from coderm.selection.factory import RULES
from rewards.groups import a_group, a_rollout, a_verdict, groups


def values(name, group, **options):
    return [rewarded.reward for rewarded in reward_group(make_reward((RewardTerm(name=name, options=options),)), group)]


def test_fraction_counts_what_was_passed_and_nothing_else():
    assert values("fraction", a_group("++++", "+-tm", "u.xs", "++?-", "no code", "deadline")) == [1, 0.25, 0, None, 0, None]


def test_all_passed_is_decided_by_one_failure_even_beside_a_lost_pair():
    assert values("all_passed", a_group("+++", "++-", "+-.", "-??", "++?", "no code", "lost")) == [1, 0, 0, 0, None, 0, None]


@given(row=st.text("+-temosnux", min_size=1, max_size=6))
def test_all_passed_is_the_same_where_programs_stop_at_their_first_failure(row):
    first = next((at for at, letter in enumerate(row) if letter != "+"), len(row))
    stopped = row[: first + 1] + "." * len(row[first + 1 :])
    assert values("all_passed", a_group(row, stopped)) == [float(set(row) == {"+"})] * 2


RATIOS = {
    "coderm": [(2 + 2 / 5) / (3 + 4 / 5), (2 + 2 / 5) / (3 + 4 / 5), (3 + 1 / 5) / (3 + 4 / 5), 0],
    "max_pass": [2 / 3, 2 / 3, 1, 0],
    "codet": [2 * math.sqrt(2) / 6, 2 * math.sqrt(2) / 6, 3 / 6, 0],
    "mbr": [2 / 4, 2 / 4, 1 / 4, 0],
    "aces": [6 / 7, 6 / 7, 1, 0],
    "weighted": [2 * 3 / (3 + 3 + 3), 2 * 3 / (3 + 3 + 3), 1, 0],
}


@pytest.mark.parametrize("rule", RATIOS)
def test_weighted_is_the_rules_score_over_its_highest(rule):
    group = a_group("++-", "++-", "+++", "---", "no code", "deadline", "+?+")
    assert values("weighted", group, rule=rule) == [*map(pytest.approx, RATIOS[rule]), 0, None, None]


@pytest.mark.parametrize("rule", ["b4", "robust"])
def test_a_posterior_rule_spreads_one_among_the_classes_that_pass_something(rule):
    first, twin, other, none = values("weighted", a_group("++-", "++-", "--+", "---"), rule=rule)
    assert first == twin
    assert (first + other, none) == (pytest.approx(1.0), 0)
    assert first > other


@pytest.mark.parametrize("rule", RULES)
def test_who_passes_all_gets_one_and_who_passes_nothing_gets_nothing_under_every_rule(rule):
    assert values("weighted", a_group("+++", "+++"), rule=rule) == pytest.approx([1, 1])
    assert values("weighted", a_group("---", "-t-"), rule=rule) == [0, 0]


@pytest.mark.parametrize("name", ["weighted", "consensus"])
@given(group=groups())
def test_a_lost_sample_moves_no_other_of_its_group(name, group):
    lost = (Rollout(unjudged="lost"), Rollout(ProgramVerdict((), ())) if not group.tests else a_rollout("?" * group.tests))
    wider = type(group)(group.problem_id, group.rollouts + lost, group.tests, group.broken, group.examples)
    assert values(name, wider) == [*values(name, group), None, None]


def test_consensus_is_agreement_with_the_largest_class():
    assert values("consensus", a_group("++-", "++-", "+++", "--+", "---", "no code")) == pytest.approx([1, 1, 2 / 3, 0, 0, 0])


def test_consensus_with_two_largest_classes_is_the_mean_over_them():
    assert values("consensus", a_group("++", "+-")) == [0.75, 0.75]


def test_programs_that_fail_alike_are_no_consensus():
    assert values("consensus", a_group("--", "--", "--", "+-")) == [0, 0, 0, 1]


def test_a_tampered_program_has_no_vote_and_no_share_in_one():
    cheat = Rollout(a_verdict("-++", tampered=True))
    for name in ("weighted", "consensus"):
        assert values(name, a_group("++-", "+--", cheat, cheat, cheat)) == [*values(name, a_group("++-", "+--")), 0, 0, 0]


def test_examples_are_the_visible_ones():
    rows = a_rollout("-", examples=a_verdict("++")), a_rollout("+", examples=a_verdict("+-")), "no code", a_rollout("+")
    assert values("examples", a_group(*rows, examples=2)) == [1, 0.5, 0, None]
    lost = a_rollout("+", examples=a_verdict("+?", lost="deadline: passed"))
    (rewarded,) = reward_group(make_reward("examples"), a_group(lost, examples=2))
    assert (rewarded.reward, rewarded.status, rewarded.message) == (None, "deadline", "deadline: passed")


def test_a_problem_without_examples_gives_its_group_one_value():
    assert values("examples", a_group("+", "-"), without=0.5) == [0.5, 0.5]


ONE = "```python\nx = 1\n```"


@pytest.mark.parametrize(
    ("output", "penalty"),
    [
        (None, 0),
        (ONE, 0),
        (f"Here:\n{ONE}\nDone.", -0.25),
        ("x = 1", -1),
        ("", -1),
        (f"{ONE}\n{ONE}", -0.5),
        (f"a\n{ONE}\n{ONE}", -0.75),
    ],
)
def test_format_is_one_fenced_block_and_nothing_else(output, penalty):
    assert values("format", a_group(a_rollout("+", output=output)), prose=0.25) == [penalty]
    assert values("format", a_group(a_rollout("+", output=output)), prose=0.25, prose_characters=10)[0] >= penalty


def test_prose_is_free_up_to_a_number_of_characters():
    group = a_group(a_rollout("+", output=f"12345 67890\n{ONE}"))
    assert [values("format", group, prose=1.0, prose_characters=free) for free in (10, 9)] == [[0], [-1]]


def test_length_grows_over_the_buffer():
    rows = [a_rollout("+", output="x" * length) for length in (0, 60, 80, 100, 500)]
    assert values("length", a_group(*rows), limit=100, buffer=40) == [0, 0, -0.5, -1, -1]
    assert values("length", a_group(a_rollout("+", code="x" * 80)), limit=100, buffer=40) == [-0.5]
    with pytest.raises(InputError, match="buffer"):
        values("length", a_group("+"), limit=10, buffer=40)


def test_time_of_a_test_not_passed_is_the_whole_limit():
    def timed(row, *seconds):
        return Rollout(ProgramVerdict(a_verdict(row).outcomes, seconds))

    group = a_group(
        timed("++", 0.1, 0.05), timed("++", 0.55, 5.0), timed("+-", 0.1, 0.01), timed("--", 0, 0), "no code", "lost", "+?"
    )
    assert values("time", group) == pytest.approx([0, -0.75, -0.5, -1, -1, None, None])


def test_group_normalised_is_what_trl_computes_and_leaves_nulls_out():
    assert values("group_normalised", a_group("+", "-", "lost", "+"), of="all_passed") == pytest.approx(
        [0.577, -1.155, None, 0.577], abs=1e-3
    )


@pytest.mark.parametrize("rows", [["+"], ["+", "lost"], ["lost"], [], ["+", "+", "+"]])
def test_a_group_that_nothing_tells_apart_is_normalised_to_zero(rows):
    assert values("group_normalised", a_group(*rows)) == [None if row == "lost" else 0 for row in rows]


def test_a_sum_can_be_normalised_but_not_what_is_normalised_already():
    of = [{"name": "fraction"}, {"name": "format", "weight": 0.1}]
    assert np.sum(values("group_normalised", a_group("++", "+-"), of=of)) == pytest.approx(0)
    for again in ("group_normalised", [{"name": "group_normalised"}]):
        with pytest.raises(InputError, match="of itself"):
            values("group_normalised", a_group("+"), of=again)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("weighted", {"rule": "best"}),
        ("weighted", {"b4_alpha": 0}),
        ("format", {"no_block": True}),
        ("format", {"prose": 2.0}),
        ("examples", {"without": "0.5"}),
        ("time", {"free_s": math.nan}),
        ("group_normalised", {"of": 3}),
        ("group_normalised", {"of": [{"name": "fraction", "weigth": 1}]}),
    ],
)
def test_an_option_that_is_wrong_is_named(name, options):
    with pytest.raises(InputError, match=f"{next(iter(options))}.*{name}"):
        values(name, a_group("+"), **options)
