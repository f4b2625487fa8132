"""A pair that ends its worker takes no other pair's verdict with it."""

import itertools

import numpy as np
import pytest
from builders import World, a_config, a_problem, arrivals, executes, lost, plain, play, samples

from coderm.messages.cases import Case, CaseBlock
from coderm.messages.events import Execute, ProblemArrived
from coderm.messages.execution import Outcome
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.poison import LOSSES, halves
from coderm.scheduling.scheduler import Scheduler


def a_scheduler(count=1, **sections):
    return Scheduler(a_config(**({"policy": {"samples": 4}} | sections)), PassPlan.single((6,) * count), "box")


def deadly(world, *guilty):
    """Answers of a world in which blocks that hold a guilty (program, test) end their workers, and how often that was."""
    deaths = []

    def answer(command):
        if isinstance(command, Execute):
            for program, test in itertools.product(command.block.programs, command.block.tests):
                if (program, test) in guilty:
                    deaths.append(command.command_id)
                    return lost(command, "server ended")
        return world.answer(command)

    return answer, deaths


def given(programs, tests):
    return ProblemArrived(0, a_problem(checks=()), samples(*programs), samples(*tests))


PROGRAMS, TESTS = tuple("abcde"), tuple("stuvwxyz")


@pytest.mark.parametrize("guilty", [("c", "v"), ("a", "s"), ("e", "z")])
@pytest.mark.parametrize("early_stop", [False, True])
def test_the_guilty_pair_alone_is_lost_and_every_other_is_as_without_it(guilty, early_stop):
    (usual,) = play(a_scheduler(), [given(PROGRAMS, TESTS)], World().answer)
    answer, deaths = deadly(World(), guilty)
    (result,) = play(a_scheduler(selection={"early_stop": early_stop}), [given(PROGRAMS, TESTS)], answer)
    row, column = result.programs.index(guilty[0]), result.unit_tests.index(guilty[1])
    assert result.outcomes[row, column] == Outcome.LOST
    assert len(result.lost) == 1
    assert f"|{row},{column}|" in result.lost[0]
    if not early_stop:
        others = np.ones_like(result.outcomes, bool)
        others[row, column] = False
        assert (result.outcomes == usual.outcomes)[others].all()
    assert len(deaths) <= 2 + 3 + 3 + 3  # twice the block, once each half that holds it, thrice the pair


def test_two_guilty_pairs_stand_alone_each():
    answer, _ = deadly(World(), ("a", "s"), ("d", "w"))
    (result,) = play(a_scheduler(), [given(PROGRAMS, TESTS)], answer)
    assert np.count_nonzero(result.outcomes == Outcome.LOST) == 2
    assert len(result.lost) == 2


def test_a_guilty_check_leaves_only_its_own_label_unknown():
    answer, _ = deadly(World(), ("program b", "check 1"))
    results = play(a_scheduler(3), arrivals(3), answer)
    for result in results:
        assert np.argwhere(result.checks == Outcome.LOST).tolist() == [[result.programs.index("program b"), 1]]
        assert not (result.outcomes == Outcome.LOST).any()


def test_a_block_that_is_lost_once_is_sent_again_as_it_was():
    scheduler = a_scheduler()
    (block,) = executes(scheduler.handle(given(PROGRAMS, TESTS)))
    assert scheduler.handle(lost(block)) == [block]
    parts = scheduler.handle(lost(block))
    assert [part.rows for part in parts] == [(0, 1), (2, 3, 4)]
    assert scheduler.open_commands() == [part.command_id for part in parts]


def test_a_run_in_which_everything_is_lost_ends():
    scheduler = a_scheduler(2)
    results = play(
        scheduler, arrivals(2), lambda command: lost(command) if isinstance(command, Execute) else World().answer(command)
    )
    assert all((result.outcomes == Outcome.LOST).all() for result in results)
    assert scheduler.in_work == 0


def test_the_halves_of_a_block_are_the_same_ones_in_a_resumed_run():
    parts = []
    for _ in range(2):
        scheduler = a_scheduler()
        (block,) = executes(scheduler.handle(given(PROGRAMS, TESTS)))
        parts.append([plain(command.block) for _ in range(LOSSES) for command in scheduler.handle(lost(block))])
    assert parts[0] == parts[1]


def test_a_block_of_cases_is_halved_as_well_and_a_pair_is_not():
    cases = tuple(Case(text, text) for text in "123")
    block = CaseBlock("id", ("a", "b"), cases)
    command = Execute("id", "p/0", "tests", (4, 7), (0, 1, 2), block)
    first, second = halves(command)
    assert (first.block.programs, second.block.programs) == (("a",), ("b",))
    left, right = halves(first)
    assert (left.columns, left.block.cases, right.block.cases) == ((0,), cases[:1], cases[1:])
    assert left.block.block_id == left.command_id != first.command_id
    assert halves(left) == ()
