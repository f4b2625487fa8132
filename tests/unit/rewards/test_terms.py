"""Each term against its formula."""

from hypothesis import given
from hypothesis import strategies as st

from coderm.client.contract import RewardTerm
from coderm.rewards.factory import make_reward
from coderm.rewards.reward import reward_group
from rewards.groups import a_group


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
