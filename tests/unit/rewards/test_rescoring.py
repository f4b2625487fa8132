"""Stored rollouts come back as they were, and get what another reward or another verdict makes of them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from coderm.errors import DataError
from coderm.rewards.factory import make_reward
from coderm.rewards.group import Rollout
from coderm.rewards.rescoring import SHOWN, Tally, rescored
from coderm.rewards.reward import reward_group
from coderm.rewards.rollouts import lines_of, read_rollouts
from coderm.storage.jsonl import write_jsonl
from rewards.groups import a_group, a_rollout, a_verdict, groups

FRACTION = make_reward("fraction")


def stored(path, *scored, reward=FRACTION, stop="never"):
    """Write groups as the service does; returns them as read back."""
    rows = [
        line.model_dump(mode="json")
        for at, group in enumerate(scored)
        for line in lines_of(f"call/{at}", group, reward_group(reward, group), stop)
    ]
    write_jsonl(path, rows)
    return list(read_rollouts(path))


def again(found, reward, rejudge=None):
    tally = Tally()
    return list(rescored(found, make_reward(reward), rejudge, tally)), tally


@given(group=groups())
def test_the_same_reward_again_changes_nothing(tmp_path_factory, group):
    if not group.rollouts:
        return
    path = tmp_path_factory.mktemp("rollouts") / "r.jsonl"
    for name in ("fraction", "all_passed", "weighted", "consensus", "examples", "format", "length", "time"):
        found = stored(path, group, reward=make_reward(name))
        lines, tally = again(found, name)
        assert (tally.changed, tally.programs) == (0, len(group.rollouts))
        assert [line.status for line in lines] == [line.status for line in found[0].lines]


def test_another_reward_is_computed_without_running_anything(tmp_path):
    found = stored(tmp_path / "r.jsonl", a_group("++", "+-", "-t", "no code", "lost"))
    lines, tally = again(found, "all_passed")
    assert [line.reward for line in lines] == [1, 0, 0, 0, None]
    assert [line.before.reward for line in lines] == [1, 0.5, 0, 0, None]
    assert (tally.changed, tally.nulls, tally.mean(0), tally.mean(1)) == (1, [1, 1], 1.5 / 4, 0.25)
    assert tally.statuses["lost", "lost"] == 1
    (change,) = tally.largest()
    assert (change.group, change.program, change.before.reward, change.after.reward) == ("call/0", 1, 0.5, 0)


def test_programs_judged_again_get_what_their_new_verdicts_say(tmp_path):
    found = stored(tmp_path / "r.jsonl", a_group("++", "lost"))
    lines, tally = again(found, "fraction", lambda group: a_group("t-", "++"))
    assert [(line.reward, line.status) for line in lines] == [(0, "timeout"), (1, "scored")]
    assert tally.statuses == {("scored", "timeout"): 1, ("lost", "scored"): 1}
    assert [change.program for change in tally.largest()] == [1, 0]


def test_only_the_largest_changes_are_kept(tmp_path):
    rows = ["+" * passed + "-" * (20 - passed) for passed in range(20)]
    _, tally = again(stored(tmp_path / "r.jsonl", a_group(*rows)), "all_passed")
    assert tally.changed == 19
    assert [change.program for change in tally.largest()] == list(range(19, 19 - SHOWN, -1))


def test_what_stopped_at_the_first_failure_decides_only_a_reward_that_needs_no_more(tmp_path):
    found = stored(tmp_path / "r.jsonl", a_group("+-.", "+++"), reward=make_reward("all_passed"), stop="first_failure")
    assert [line.reward for line in again(found, "all_passed")[0]] == [0, 1]
    with pytest.raises(DataError, match=r"r\.jsonl:1: judged with stop = first_failure, and fraction"):
        again(found, "fraction")


def test_lines_of_anybody_need_a_problem_and_a_program(tmp_path):
    path = tmp_path / "mine.jsonl"
    rows = [
        {"problem": "a", "program": "x = 1", "reward": 1.0, "judged": {"outcomes": ["passed", "failed"]}, "step": 7},
        {"problem": "b", "program": "x = 2", "reward": 0.0, "judged": {"outcomes": ["failed"]}},
        {"problem": "a", "output": "no code here", "reward": 0.0, "status": "no_code"},
    ]
    write_jsonl(path, rows)
    lines, _ = again(read_rollouts(path), "fraction")
    assert [line.reward for line in lines] == [0.5, 0, 0]
    assert lines[0].model_dump()["step"] == 7
    assert lines[2].status == "no_code"


def test_a_time_that_was_not_stored_is_not_made_up(tmp_path):
    path = tmp_path / "mine.jsonl"
    write_jsonl(path, [{"problem": "a", "program": "x = 1", "judged": {"outcomes": ["passed"]}}])
    assert [line.reward for line in again(read_rollouts(path), "time")[0]] == [None]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"program": "x"}], "1: field 'problem'"),
        ([{"problem": "a"}], "1: neither 'program' nor 'output'"),
        ([{"problem": "a", "program": "x", "reward": float("nan")}], "1: field 'reward'"),
        ([{"problem": "a", "program": "x", "status": "fine"}], "1: field 'status'"),
        ([{"problem": "a", "program": "x", "judged": {"outcomes": ["right"]}}], "1: field 'judged.outcomes.0'.*passed"),
        ([{"problem": "a", "program": "x", "judged": {"outcomes": ["passed"], "cpu_s": [1, 2]}}], "1: 1 outcomes and 2 times"),
        ([{"problem": p, "program": "x", "group": "g"} for p in "ab"], "1: group 'g' holds several problems"),
        ([{"problem": "a", "program": "x", "group": g, "status": "lost"} for g in "ghg"], "3: group 'g' stood further up"),
        ([{"problem": "a", "program": "x"}], "1: a program without outcomes"),
        ([{"problem": "a", "program": "x", "judged": {"outcomes": ["passed"] * n}} for n in (1, 2)], "1: .*one suite"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, rows, words):
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match=words):
        again(read_rollouts(path), "fraction")


def test_the_code_and_the_answer_are_kept(tmp_path):
    rollout = replace(a_rollout("+"), code="x = 1", output="```\nx = 1\n```", examples=a_verdict("+"))
    (found,) = stored(tmp_path / "r.jsonl", a_group(rollout, Rollout(a_verdict("-"), code="y"), examples=1))
    assert found.group().rollouts[0] == rollout
    assert found.lines[1].program == "y"
