"""What goes first: while problems come, those that came first; once all are in, what takes longest."""

from builders import World, a_config, arrivals, executes, generates

from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.scheduling.urgency import Urgencies


def some_blocks():
    """Blocks of checks of three problems, in the order in which the problems came, and a request."""
    scheduler = Scheduler(a_config(policy={"samples": 4}), PassPlan.single([2, 2, 2]))
    world, blocks, urgencies = World(), [], Urgencies()
    for event in arrivals(3):
        urgencies.arrived(event.problem.task_id, event.index)
        (asked,) = generates(scheduler.handle(event))
        blocks += executes(scheduler.handle(world.answer(asked)), "checks")
    return urgencies, blocks, asked


def test_while_problems_come_those_that_came_first_go_first():
    urgencies, blocks, asked = some_blocks()
    urgencies.took(blocks[2], 1000.0)
    assert sorted(urgencies.of(block) for block in blocks) == [(0,), (1,), (2,)]
    assert urgencies.of(asked) == (2,)


def test_once_all_are_in_what_takes_longest_goes_first():
    urgencies, blocks, _ = some_blocks()
    urgencies.more = False
    urgencies.took(blocks[1], 50.0)
    urgencies.took(blocks[2], 5.0)
    assert sorted(blocks, key=urgencies.of) == [blocks[1], blocks[0], blocks[2]]


def test_a_finished_problem_is_forgotten():
    urgencies, blocks, _ = some_blocks()
    urgencies.took(blocks[1], 50.0)
    for block in blocks:
        urgencies.left(block.task_id)
    assert not urgencies._places
    assert not urgencies._problems
