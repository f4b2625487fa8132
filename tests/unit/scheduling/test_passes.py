"""Several passes over the problems: nothing is asked twice, and every round adds to the one before."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from builders import World, a_config, a_problem, arrivals, executes, generates, of_kind, plain, play, samples

from coderm.budget.features.survey import SURVEY_FEATURES
from coderm.budget.features.votes import VOTE_FEATURES
from coderm.budget.gain_models.base import SPENT
from coderm.budget.gain_models.equal import Equal
from coderm.budget.gain_models.paper import Paper
from coderm.config.schema import BudgetConfig
from coderm.errors import ConfigError
from coderm.messages.events import CommandLost, ProblemArrived, ReadStates
from coderm.messages.execution import Outcome
from coderm.messages.hidden_states import StateSpec
from coderm.probe.features.cheap import CHEAP
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.roles import UserFiles
from coderm.scheduling.scheduler import Scheduler
from coderm.scheduling.spending import BudgetSchedule, make_budget_schedule
from coderm.selection.robust import Robust

SPEC = StateSpec("smollm2", (1,))


class Remembering(World):
    """Answers as a journal does: what was asked once is not asked again."""

    def __init__(self, **fields):
        super().__init__(**fields)
        self.kept = {}

    def answer(self, command):
        if command.command_id not in self.kept:
            self.kept[command.command_id] = super().answer(command)
        return self.kept[command.command_id]


def walk(world, rounds, number, of, spec=None, choose=lambda waiting: 0):
    scheduler = Scheduler(a_config(policy={"samples": 4}), PassPlan(3, rounds, number, of, spec), "box")
    return play(scheduler, arrivals(3), world.answer, choose)


def test_rounds_end_with_the_tests_that_one_pass_of_the_same_rounds_has():
    world = Remembering()
    walk(world, ((2, 3, 1),), 0, 2)
    results = walk(world, ((2, 3, 1), (5, 3, 8)), 1, 2)
    assert [len(result.tests) for result in results] == [5, 3, 8]
    assert [result.rounds for result in results] == [(2, 3), (3, 0), (1, 7)]
    fresh = walk(Remembering(), ((2, 3, 1), (5, 3, 8)), 1, 2, choose=lambda waiting: -1)
    assert [[test.code for test in result.tests] for result in fresh] == [[test.code for test in r.tests] for r in results]


def test_a_later_pass_asks_only_for_what_its_round_adds():
    world = Remembering()
    walk(world, ((2, 2, 2),), 0, 2)
    before = set(world.asked)
    walk(world, ((2, 2, 2), (4, 2, 2)), 1, 2)
    added = [name for name in world.asked if name not in before]
    assert len(set(world.asked)) == len(world.asked)
    assert {name.split("|")[0] for name in added} == {"p/0"}


def test_a_pass_that_is_not_the_last_brings_home_how_the_candidates_did():
    observations = walk(Remembering(), ((2, 0, 1),), 0, 2)
    results = walk(Remembering(), ((2, 0, 1),), 0, 1)
    assert [item.passed.shape for item in observations] == [(3, 2), (3, 0), (3, 1)]  # the fourth candidate was rejected
    for item, result in zip(observations, results, strict=True):
        passed = result.outcomes[result.program_of[:3]][:, result.unit_test_of] == 1
        assert item.passed.tolist() == passed.tolist()


def test_a_survey_writes_no_test_and_reads_features():
    world = World()
    scheduler = Scheduler(a_config(policy={"samples": 4}), PassPlan(1, (), 0, 2, SPEC), "box")
    problem = ProblemArrived(0, a_problem())
    (ask,) = scheduler.handle(problem)
    commands = scheduler.handle(world.answer(ask))
    assert not generates(commands)
    (ask,) = of_kind(commands, ReadStates)
    assert ask.request.candidates == ("program a", "program b", "program a")
    assert not executes(commands)
    (seen,) = play(Scheduler(a_config(policy={"samples": 4}), PassPlan(1, (), 0, 2, SPEC), "box"), [problem], world.answer)
    assert seen.cheap.shape == (len(CHEAP),)
    assert seen.states.tolist() == [1, 1]
    assert (seen.usable, seen.passed.shape) == (3, (3, 0))


def test_a_survey_tells_how_candidates_did_on_the_visible_examples():
    problem = replace(a_problem(), examples=("one", "two"))
    events = [ProblemArrived(0, problem, samples("program a", "bad program"))]
    (seen,) = play(Scheduler(a_config(), PassPlan(1, (), 0, 2), "box"), events, World().answer)
    known = dict(zip(SURVEY_FEATURES, seen.survey, strict=True))
    assert known["shown_examples"] == 2
    assert known["shown_passed"] == seen.cheap[CHEAP.index("examples_all_passed")] * seen.usable / 2


def test_a_finished_problem_keeps_what_its_candidates_did_on_its_visible_examples():
    problem = replace(a_problem(), examples=("example",))
    for programs in (None, samples("program a", "bad program")):
        scheduler = Scheduler(a_config(policy={"samples": 4}), PassPlan.single((0,)))
        (result,) = play(scheduler, [ProblemArrived(0, problem, programs)], World().answer)
        assert result.examples.shape == (len(result.programs), 1)
        assert (result.examples != Outcome.LOST).all()


def test_states_that_are_lost_for_good_leave_a_problem_its_other_features():
    world = World()

    def answer(command):
        return CommandLost(command.command_id, "gone") if isinstance(command, ReadStates) else world.answer(command)

    seen = play(Scheduler(a_config(), PassPlan(3, (), 0, 2, SPEC), "box"), arrivals(3), answer)
    assert [item.states.size for item in seen] == [0, 0, 0]


def test_a_problem_without_usable_candidates_goes_through_every_pass():
    world = Remembering(programs=("bad", "bad", "bad", "bad"))
    assert [item.usable for item in walk(world, (), 0, 3, SPEC)] == [0, 0, 0]
    assert [item.passed.shape for item in walk(world, ((2, 2, 2),), 1, 3)] == [(0, 0)] * 3
    assert [len(result.tests) for result in walk(world, ((2, 2, 2), (3, 3, 3)), 2, 3)] == [0, 0, 0]


@pytest.mark.parametrize("rounds", [1, 3])
def test_an_equal_budget_needs_no_survey_and_decides_all_its_rounds_at_once(rounds):
    schedule = make_budget_schedule(a_config(budget={"per_problem": 4, "rounds": rounds}), 3)
    assert (schedule.passes, schedule.surveyed, schedule.rounds_before(0)) == (1, False, rounds)


def test_the_rounds_of_one_pass_are_those_of_a_pass_each():
    """The same candidates, tests and verdicts, whether a problem waits for the others between its rounds or not."""
    rounds = ((1, 1, 1), (2, 1, 2), (4, 3, 2))
    apart = Remembering()
    for number in range(3):
        last = walk(apart, rounds[: number + 1], number, 3)
    at_once = walk(Remembering(), rounds, 0, 1)
    assert [plain(result) for result in at_once] == [plain(result) for result in last]


def test_each_round_spends_its_part_and_takes_nothing_back():
    schedule = make_budget_schedule(a_config(budget={"total": 10, "floor": 1, "rounds": 3}), 4)
    units = []
    for _ in range(3):
        units.append(schedule.allot([], [], units).units)
    assert [int(part.sum()) for part in units] == [4, 5, 10]  # the floors come first
    assert all((later >= earlier).all() for earlier, later in pairwise(units))


def test_given_tests_are_run_in_one_pass_whatever_the_budget_says():
    schedule = make_budget_schedule(a_config(budget={"model": "paper", "rounds": 3}), 3, UserFiles(tests=Path("t.jsonl")))
    assert schedule.passes == 1
    assert schedule.pass_plan(0, []).final


def test_a_model_that_reads_pass_rates_needs_a_probe():
    with pytest.raises(ConfigError, match=r"budget\.probe"):
        BudgetSchedule(BudgetConfig(model="paper"), 3, Paper(), Robust())
    assert BudgetSchedule(BudgetConfig(), 3, Equal(), Robust()).passes == 1


def test_without_a_probe_the_share_that_passes_visible_examples_can_stand_for_the_pass_rate():
    schedule = make_budget_schedule(a_config(policy={"samples": 4}, budget={"model": "paper", "probe": "examples", "total": 6}), 3)
    assert (schedule.probe, schedule.states_model, schedule.surveyed) == (None, "", True)

    def survey(*examples):
        shown = [replace(a_problem(f"p/{number}"), examples=found) for number, found in enumerate(examples)]
        scheduler = Scheduler(a_config(policy={"samples": 4}), schedule.pass_plan(0, []), "box")
        return play(scheduler, [ProblemArrived(number, problem) for number, problem in enumerate(shown)], Shown().answer)

    allotment = schedule.allot(survey(("all pass",), ("none pass",), ()), [], [])
    assert allotment.predicted.tolist() == [0.75, 0.0, 0.375]  # one of four programs is none; the last problem shows nothing
    assert allotment.units.tolist() == [2, 0, 4]
    with pytest.raises(ConfigError, match="no problem shows an example"):
        schedule.allot(survey((), (), ()), [], [])


class Shown(World):
    """Every program passes one kind of test and none the other."""

    def run(self, block):
        result = super().run(block)
        result.outcomes[:] = [[Outcome.PASSED if test == "all pass" else Outcome.FAILED for test in block.tests]] * len(
            block.programs
        )
        return result


def test_a_survey_of_candidates_the_user_gave_asks_for_none():
    events = [ProblemArrived(0, a_problem(), samples("a", "bad", "b"))]
    (seen,) = play(Scheduler(a_config(), PassPlan(1, (), 0, 2, SPEC), "box"), events, World().answer)
    assert seen.usable == 2
    assert np.isfinite(seen.cheap[:3]).all()


def test_a_budget_in_tokens_is_surveyed_and_its_second_round_knows_what_tests_really_cost():
    sections = {"policy": {"samples": 4}, "budget": {"total_tokens": 2100, "rounds": 2}, "coderm": {"show": "rotate"}}
    schedule = make_budget_schedule(a_config(**sections), 3)
    assert (schedule.passes, schedule.surveyed) == (3, True)
    world = Remembering()
    survey = walk(world, (), 0, 3)
    first = schedule.allot(survey, [], [])
    assert first.units.tolist() == [1, 1, 0]  # half of the budget at 500 tokens a test and its prompt
    votes = walk(world, (first.units,), 1, 3)
    assert [item.tokens for item in votes] == [16, 16, 0]  # two answers of 3 tokens, a prompt of 10
    second = schedule.allot(survey, votes, [first.units])
    assert (second.cost < 20).all()
    assert 2100 - 3 * 20 < 32 + (second.units - first.units) @ second.cost <= 2100


@pytest.mark.parametrize(("unit", "left"), [("tests", 20 - 6), ("tokens", 2100 - 2 * (10 + 4 * 3)), ("cpu_s", 9.0 - 6 * 2 * 0.25)])
def test_a_pass_counts_what_drains_the_budget(unit, left):
    total = {"tests": {"total": 20}, "tokens": {"total_tokens": 2100}, "cpu_s": {"total_cpu_s": 9.0}}[unit]
    scheduler = Scheduler(a_config(policy={"samples": 4}, budget=total), PassPlan(2, ((3, 3),)), "box")
    play(scheduler, arrivals(2), World().answer)
    assert scheduler.counters.budget - scheduler.counters.spent == pytest.approx(left)


def test_a_learned_model_hears_texts_first_and_votes_later():
    heard = []

    class Curious(Equal):
        reads = (SPENT,)

        def gains(self, features):
            heard.append(features)
            return super().gains(features)

    schedule = BudgetSchedule(BudgetConfig(total=8, rounds=2), 3, Curious(), Robust())
    world = Remembering()
    survey = walk(world, (), 0, 3)
    first = schedule.allot(survey, [], [])
    votes = walk(world, (first.units,), 1, 3)
    schedule.allot(survey, votes, [first.units])
    assert (schedule.passes, schedule.surveyed) == (3, True)
    assert set(SURVEY_FEATURES) <= set(heard[0].names)
    assert not set(VOTE_FEATURES) & set(heard[0].names)
    assert heard[0].column(SPENT).tolist() == [0, 0, 0]
    assert set(VOTE_FEATURES) <= set(heard[1].names)
    assert heard[1].column(SPENT).tolist() == first.units.tolist()
