"""The scheduler as a table: events in, commands out, no loop running."""

from dataclasses import replace

import pytest
from builders import World, a_config, a_problem, arrivals, executes, generates, lost, plain, play, samples
from hypothesis import given, settings
from hypothesis import strategies as st

from coderm.budget.plan import allot
from coderm.messages.events import Execute, Executed, Finish, Generate, ProblemArrived, Sampled
from coderm.messages.execution import Outcome
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler

UNITS = 6


def a_scheduler(units=(UNITS,) * 3, environment="box", **sections):
    return Scheduler(a_config(**({"policy": {"samples": 4}} | sections)), PassPlan.single(units), environment)


def arrived(scheduler, **fields):
    return scheduler.handle(ProblemArrived(0, a_problem(), **fields))


def with_candidates(scheduler, *texts):
    """Let problem 0 arrive and its policy answer; return the commands that follow."""
    (command,) = arrived(scheduler)
    return scheduler.handle(Sampled(command.command_id, samples(*texts)))


def finished(commands):
    (command,) = commands
    assert isinstance(command, Finish)
    return command.result


def test_an_arriving_problem_asks_the_policy_once_for_all_candidates():
    (command,) = arrived(a_scheduler())
    assert isinstance(command, Generate)
    assert (command.role, command.request.n, command.request.offset) == ("policy", 4, 0)


def test_candidates_start_their_checks_and_the_tests_at_the_same_time():
    commands = with_candidates(a_scheduler(), "a", "b", "a", "bad")
    (check,) = executes(commands, "checks")
    assert check.block.programs == ("a", "b")
    assert check.block.tests == ("check 0", "check 1")
    (ask,) = generates(commands)
    assert (ask.role, ask.request.n) == ("coderm", 8)  # 6 units, a quarter more


def test_checks_have_the_limit_of_the_problem_and_tests_that_of_the_config():
    scheduler = a_scheduler(sandbox={"cpu_s": 1.5, "check_cpu_s": 4.0})
    commands = with_candidates(scheduler, "a")
    assert executes(commands, "checks")[0].block.limits.cpu_s == 4.0
    (ask,) = generates(commands)
    (block,) = executes(scheduler.handle(World().answer(ask)))
    assert block.block.limits.cpu_s == 1.5


def test_a_problem_with_limits_of_its_own_keeps_them_beside_others():
    scheduler = a_scheduler(sandbox={"check_cpu_s": 4.0})
    seen = []
    for number, limit in enumerate((None, 9.0, None, 2.0)):
        problem = replace(a_problem(f"p/{number}"), judge_cpu_s=limit)
        (ask,) = scheduler.handle(ProblemArrived(number % 3, problem))
        (check,) = executes(scheduler.handle(Sampled(ask.command_id, samples("a"))), "checks")
        seen.append(check.block.limits.cpu_s)
    assert seen == [4.0, 9.0, 4.0, 2.0]


def test_a_run_that_generates_both_ends_with_every_pair_judged():
    results = play(a_scheduler(), arrivals(), World().answer)
    assert [result.problem.task_id for result in results] == ["p/0", "p/1", "p/2"]
    for result in results:
        assert len(result.candidates) == 4
        assert result.program_of.tolist() == [0, 1, 0, -1]
        assert result.outcomes.shape == (2, UNITS)
        assert (result.outcomes != Outcome.LOST).all()
        assert (result.checks != Outcome.LOST).all()
        assert result.rejected == {"policy:no_code": 1}
        assert result.tokens == {"policy_prompt": 10, "policy": 12, "coderm_prompt": 10, "coderm": 24}


def test_supplied_candidates_and_tests_ask_no_model_and_keep_duplicates():
    scheduler = a_scheduler()
    commands = arrived(scheduler, programs=samples("a", "b", "a"), tests=samples("t", "u", "t"))
    assert not generates(commands)
    (block,) = executes(commands)
    assert (block.block.programs, block.block.tests) == (("a", "b"), ("u", "t"))  # tests in the order of their hashes
    (result,) = play(
        a_scheduler(), [ProblemArrived(0, a_problem(), samples("a", "b", "a"), samples("t", "u", "t"))], World().answer
    )
    assert result.program_of.tolist() == [0, 1, 0]
    assert result.unit_test_of.tolist() == [1, 0, 1]
    assert result.units == 3


def test_supplied_candidates_alone_get_generated_tests():
    (ask,) = generates(arrived(a_scheduler(), programs=samples("a", "b")))
    assert ask.role == "coderm"


def test_supplied_tests_alone_get_generated_candidates_and_no_test_writer():
    world = World()
    play(a_scheduler(), [ProblemArrived(0, a_problem(), None, samples("t"))], world.answer)
    assert not [name for name in world.asked if "|coderm|" in name]


def test_unusable_and_duplicate_tests_are_replaced_until_the_allotment_is_met():
    world = World(tests=("t0", "bad", "t0", "t1", "bad", "bad", "t1", "t2", "t3", "t4", "bad", "t5", "t6"))
    (result,) = play(a_scheduler(), arrivals(1), world.answer)
    assert [test.code for test in result.tests] == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert result.rejected["coderm:duplicate"] == 2
    assert result.rejected["coderm:no_code"] == 4
    assert result.asked == 12  # 8 for 6 at first, then 4 for the 3 still missing


def test_top_ups_stop_at_the_cap_on_attempts():
    world = World(tests=("bad",) * 100)
    (result,) = play(a_scheduler(coderm={"max_attempts": 2.0}), arrivals(1), world.answer)
    assert result.asked == 2 * UNITS
    assert len(result.tests) == 0
    assert result.outcomes.shape == (2, 0)
    assert not result.lost


def test_a_backend_that_has_no_more_tests_is_not_asked_again():
    world = World(tests=("t0", "t1"))
    (result,) = play(a_scheduler(), arrivals(1), world.answer)
    assert len(result.tests) == 2
    assert len([name for name in world.asked if "|coderm|" in name]) == 1


def test_rotating_shows_another_candidate_in_every_request_and_asks_for_no_more():
    scheduler = a_scheduler(coderm={"show": "rotate", "oversample": 1.0})
    asks = generates(with_candidates(scheduler, "aaa", "bbb", "ccc", "aaa"))
    assert [ask.request.n for ask in asks] == [2, 2, 2]
    assert [[text in ask.request.messages[-1].content for text in ("aaa", "bbb", "ccc")].index(True) for ask in asks] == [0, 1, 2]
    assert [ask.request.offset for ask in asks] == [0, 2, 4]
    assert len({ask.request.seed for ask in asks}) == 3


def test_a_rotation_takes_its_tests_in_the_order_asked_for_whoever_answers_first():
    runs = []
    for choose in (lambda waiting: 0, lambda waiting: len(waiting) - 1):
        scheduler = a_scheduler(coderm={"show": "rotate"})
        runs.append([plain(result) for result in play(scheduler, arrivals(1), World().answer, choose)])
    assert runs[0] == runs[1]


def test_without_a_usable_candidate_no_test_is_written_and_the_problem_ends():
    result = finished(with_candidates(a_scheduler(), "bad", "bad", "bad", "bad"))
    assert len(result.candidates) == 4
    assert result.programs == ()
    assert result.rejected == {"policy:no_code": 4}
    assert not result.lost


@pytest.mark.parametrize("patience", [0, 1, 3])
def test_every_example_is_run_and_checks_until_one_is_missed(patience):
    scheduler = a_scheduler(sandbox={"row_timeouts": patience})
    problem = replace(a_problem(), examples=("example 0", "example 1", "example 2", "example 3"))
    (ask,) = scheduler.handle(ProblemArrived(0, problem))
    commands = scheduler.handle(Sampled(ask.command_id, samples("a", "b")))
    assert [command.block.limits.row_timeouts for command in executes(commands, "examples")] == [0]
    assert [command.block.limits.row_timeouts for command in executes(commands, "checks")] == [1]
    (tests,) = executes(scheduler.handle(World().answer(generates(commands)[0])))
    assert tests.block.limits.row_timeouts == patience


def test_a_problem_without_checks_is_finished_without_any():
    scheduler = Scheduler(a_config(), PassPlan.single([2]))
    (result,) = play(scheduler, [ProblemArrived(0, a_problem(checks=()), samples("a"))], World().answer)
    assert result.checks.shape == (1, 0)
    assert result.outcomes.shape == (1, 2)


def test_a_problem_allotted_nothing_writes_no_test():
    (result,) = play(Scheduler(a_config(), PassPlan.single([0])), [ProblemArrived(0, a_problem(), samples("a"))], World().answer)
    assert result.asked == 0
    assert (result.checks != Outcome.LOST).all()


def test_a_lost_command_is_sent_again_unchanged_and_then_given_up_by_name():
    scheduler = a_scheduler(cluster={"max_retries": 2})
    commands = arrived(scheduler, programs=samples("a"), tests=samples("t"))
    (block,), (check,) = executes(commands), executes(commands, "checks")
    assert scheduler.handle(lost(block)) == [block]
    assert scheduler.handle(lost(block)) == [block]
    assert scheduler.handle(lost(block)) == []
    result = finished(scheduler.handle(World().answer(check)))
    assert (result.outcomes == Outcome.LOST).all()
    assert result.lost == (f"{block.command_id}: node gone",)
    assert (scheduler.counters.retries, scheduler.counters.lost, scheduler.in_work) == (2, 1, 0)


def test_a_lost_policy_leaves_a_problem_without_candidates_that_is_named_not_failed():
    scheduler = a_scheduler(cluster={"max_retries": 0})
    (ask,) = arrived(scheduler)
    result = finished(scheduler.handle(lost(ask)))
    assert result.candidates == ()
    assert result.lost == (f"{ask.command_id}: node gone",)


def test_a_lost_test_writer_keeps_the_tests_of_its_other_requests():
    scheduler = a_scheduler(coderm={"show": "rotate", "oversample": 1.0}, cluster={"max_retries": 0})
    commands = with_candidates(scheduler, "aaa", "bbb")
    for check in executes(commands, "checks"):
        scheduler.handle(World().answer(check))
    first, second = generates(commands)
    assert scheduler.handle(lost(first)) == []
    (block,) = scheduler.handle(World().answer(second))
    assert block.block.tests == ("test 5", "test 4", "test 3")
    assert finished(scheduler.handle(World().answer(block))).lost == (f"{first.command_id}: node gone",)


def test_answers_that_come_twice_late_or_unasked_change_nothing():
    scheduler, world = a_scheduler(), World()
    (ask,) = arrived(scheduler)
    answer = world.answer(ask)
    assert scheduler.handle(answer)
    for event in (answer, lost(ask), Sampled("nobody asked", ()), Executed("nor this", world.run(_any_block(scheduler)))):
        assert scheduler.handle(event) == []
    assert scheduler.counters.candidates == 4


def _any_block(scheduler):
    other = a_scheduler()
    return executes(with_candidates(other, "a"), "checks")[0].block


def test_the_same_events_give_the_same_commands():
    def commands():
        world, names = World(), []

        def answer(command):
            names.append(command)
            return world.answer(command)

        play(a_scheduler(), arrivals(), answer)
        return names

    assert commands() == commands()


def test_ids_name_content_so_that_other_texts_limits_or_boxes_have_other_ids():
    def block_id(environment="box", text="a", **sandbox):
        scheduler = a_scheduler(environment=environment, sandbox=sandbox)
        return executes(arrived(scheduler, programs=samples(text), tests=samples("t")))[0].command_id

    names = [block_id(), block_id("other box"), block_id(text="b"), block_id(cpu_s=2.0), block_id(memory_mb=64)]
    assert len(set(names)) == len(names)
    assert block_id() == names[0]


def test_seeds_depend_on_the_run_s_seed_the_problem_the_role_and_the_offset_only():
    def seeds(seed):
        scheduler = a_scheduler(seed=seed)
        (policy,) = arrived(scheduler)
        (coderm,) = generates(scheduler.handle(World().answer(policy)))
        (other,) = scheduler.handle(ProblemArrived(1, a_problem("p/1")))
        return [command.request.seed for command in (policy, coderm, other)]

    assert seeds(1) == seeds(1)
    assert len({*seeds(1), *seeds(2)}) == 6


def test_checks_that_repeat_are_all_judged():
    problem = a_problem(checks=("same", "other", "same"))
    scheduler = a_scheduler(sandbox={"block_pairs": 1})
    (result,) = play(scheduler, [ProblemArrived(0, problem, samples("a"), ())], World(verdict=lambda *_: Outcome.PASSED).answer)
    assert result.checks.tolist() == [[1, 1, 1]]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_of_answers_gives_the_same_results(data):
    def choose(waiting):
        return data.draw(st.integers(0, len(waiting) - 1))

    sections = {"sandbox": {"block_pairs": 3}, "coderm": {"show": "rotate"}}
    world = World(tests=("t0", "bad", "t0", "t1", "bad", "t2", "t3", "bad", "t4", "t5", "t6", "t7"))
    straight = play(a_scheduler(**sections), arrivals(), world.answer)
    shuffled = play(a_scheduler(**sections), arrivals(), world.answer, choose)
    assert [plain(result) for result in shuffled] == [plain(result) for result in straight]


@pytest.mark.parametrize("budget", [{"total": 10}, {"per_problem": 5}, {"total": 10, "floor": 3}, {"total": 100, "cap": 4}])
def test_the_budget_is_met_to_the_last_test(budget):
    config = a_config(budget=budget)
    units = allot(config.budget, 3)
    results = play(Scheduler(config, PassPlan.single(units)), arrivals(programs=samples("a")), World().answer)
    assert sum(len(result.tests) for result in results) == min(budget.get("total", 15), 3 * budget.get("cap", 1000))
    assert [result.units for result in results] == list(units)
    assert min(units) >= budget.get("floor", 0)


def test_a_finished_problem_is_forgotten():
    scheduler = a_scheduler()
    play(scheduler, arrivals(), World().answer)
    assert (scheduler.in_work, scheduler.open_commands()) == (0, [])
    assert scheduler.counters.problems_done == 3


def test_counters_end_where_they_said_they_would():
    scheduler = a_scheduler()
    play(scheduler, arrivals(), World().answer)
    counters = scheduler.counters
    assert counters.pairs_done == counters.pairs_planned == 3 * (2 * UNITS + 2 * 2)
    assert (counters.tests, counters.units) == (3 * UNITS, 3 * UNITS)
    assert (counters.arrived, counters.tests_missing, counters.passes_to_come) == (3, 0, 0)


def test_tests_that_nobody_could_write_are_counted_when_their_problem_is_done():
    scheduler = a_scheduler()
    play(scheduler, arrivals(1), World(programs=("bad",) * 4).answer)
    assert (scheduler.counters.tests_missing, scheduler.in_work) == (UNITS, 0)


def test_every_command_is_one_of_three():
    seen = set()
    world = World()

    def answer(command):
        seen.add(type(command))
        return world.answer(command)

    play(a_scheduler(), arrivals(), answer)
    assert seen == {Generate, Execute}


def real_test(number):
    body = f"class T{number}(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f({number}), {number})\n"
    return "import unittest\n\n" + body


REAL = tuple(real_test(number) for number in range(40))


def test_every_program_that_passed_a_test_meets_every_canary_once_and_no_other_figure_counts_them():
    scheduler = a_scheduler(sandbox={"block_pairs": 4})
    seen = []

    def verdict(program, test):
        seen.append((program, test))
        return Outcome.PASSED if test in REAL and program != "program b" else Outcome.FAILED

    (result,) = play(scheduler, arrivals(1), World(tests=REAL, verdict=verdict).answer)
    met = [(program, test) for program, test in seen if test not in REAL and not test.startswith("check")]
    assert result.canaries == 2
    assert len(set(met)) == len(met) == 2
    assert {program for program, _ in met} == {"program a"}
    assert (result.tampered, len(result.tests), result.outcomes.shape) == ((), UNITS, (2, UNITS))
    assert scheduler.counters.pairs_planned == scheduler.counters.pairs_done == 2 * UNITS + 2 * 2


def test_who_passes_a_canary_is_noted_whatever_the_order_of_answers():
    world = World(tests=REAL, verdict=lambda p, t: Outcome.PASSED if p == "program b" or t in REAL else Outcome.FAILED)
    first, last = (play(a_scheduler(), arrivals(), world.answer, choose) for choose in (lambda _: 0, lambda _: -1))
    assert [result.tampered for result in first] == [(1,)] * 3
    assert [plain(result) for result in first] == [plain(result) for result in last]


def test_canaries_depend_on_the_seed_and_the_task_and_can_be_left_out():
    def names(**sections):
        world = World(tests=REAL)
        play(a_scheduler(**sections), arrivals(2), world.answer)
        return {name for name in world.asked if "|canaries|" in name}

    assert names() == names() != names(seed=1)
    (result,) = play(a_scheduler(sandbox={"canaries": 0}), arrivals(1), World(tests=REAL).answer)
    assert result.canaries == 0


def test_tests_of_a_later_batch_make_the_canaries_that_the_first_could_not():
    (result,) = play(a_scheduler(), arrivals(1), World(tests=("t0", "t1", "t2", "bad", "bad", "bad", "bad", "bad", *REAL)).answer)
    assert result.canaries == 2
