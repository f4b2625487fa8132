"""The fresh-container policy: when a box is worn, and how it is exchanged beside the work."""

import threading
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from coderm.errors import EngineError, ImageChanged, SandboxLost
from coderm.messages.execution import Block, BlockResult, Outcome
from coderm.sandbox.containers.sweep import SWEEP_INTERVAL_S, SweepTimer
from coderm.sandbox.recycling.sandbox import RecyclingSandbox
from coderm.sandbox.recycling.wear import Wear, WearLimits

LIMITS = WearLimits(blocks=3, growth_mb=50, age_s=100.0)
BLOCK = Block("b", ("p",), ("t",))
WAIT_S = 30.0


def result(outcome=Outcome.PASSED, memory_mb=0.0):
    one = (1, 1)
    return BlockResult("b", np.full(one, outcome, np.int8), np.zeros(one, np.float32), np.zeros(one, np.int8), memory_mb=memory_mb)


def worn(*results, limits=LIMITS, now=0.0):
    wear = Wear(limits, born=0.0)
    for item in results:
        wear.add_block(item, now)
    return wear


def test_a_box_is_worn_after_so_many_blocks():
    assert worn(*[result()] * 2).reason is None
    assert worn(*[result()] * 3).reason == "blocks"
    assert not worn(*[result()] * 3).unfit


@pytest.mark.parametrize(("outcome", "reason"), [(Outcome.TAMPERED, "tampered"), (Outcome.LOST, "lost")])
def test_a_tampered_or_lost_pair_makes_a_box_unfit_for_good(outcome, reason):
    wear = worn(result(outcome), result())
    assert (wear.reason, wear.unfit) == (reason, True)


def test_a_passed_canary_makes_a_box_unfit_and_a_failed_one_does_not():
    wear = Wear(LIMITS, born=0.0)
    wear.add_block(result(Outcome.FAILED), 0.0, canaries=True)
    assert wear.reason is None
    wear.add_block(result(Outcome.PASSED), 0.0, canaries=True)
    assert [wear.reason, wear.unfit] == ["tampered", True]


def test_only_the_last_tests_of_a_block_are_canaries_where_it_says_so():
    cells = np.array([[Outcome.PASSED, Outcome.FAILED]], np.int8)
    mixed = BlockResult("b", cells, np.zeros(cells.shape, np.float32), np.zeros_like(cells))
    for canaries, reason in ((0, None), (1, None), (2, "tampered")):
        wear = Wear(LIMITS, born=0.0)
        wear.add_block(mixed, 0.0, canaries=canaries)
        assert wear.reason == reason


def test_no_block_runs_in_a_box_after_a_passed_canary(sandbox):
    told = [sandbox.run(replace(BLOCK, canaries=canaries)) for canaries in (False, True, False)]
    assert [(int(each.block_id), each.recycled) for each in told] == [(1, ""), (1, ""), (2, "tampered")]


@pytest.mark.parametrize("outcome", set(Outcome) - {Outcome.TAMPERED, Outcome.LOST})
def test_no_other_outcome_wears_a_box(outcome):
    assert worn(result(outcome)).reason is None


def test_growth_of_memory_is_counted_from_after_the_first_block():
    assert worn(result(memory_mb=400), result(memory_mb=449)).reason is None
    assert worn(result(memory_mb=400), result(memory_mb=451)).reason == "memory"
    assert worn(result(memory_mb=1), result(memory_mb=999), limits=WearLimits(9, 0, 9.0)).reason is None


def test_a_box_is_exchanged_before_it_expires():
    assert worn(result(), now=100.0).reason is None
    assert worn(result(), now=101.0).reason == "age"


@dataclass
class Yard:
    """Makes boxes and knows which are open."""

    gate: threading.Event = field(default_factory=threading.Event)
    open: list[int] = field(default_factory=list)
    made: int = 0
    outcome: Outcome = Outcome.PASSED
    fail: set[int] = field(default_factory=set)
    environments: dict[int, str] = field(default_factory=dict)

    def __post_init__(self):
        self.gate.set()

    def make(self):
        self.made += 1
        return Box(self, self.made)


@dataclass
class Box:
    yard: Yard
    number: int

    @property
    def environment(self):
        return self.yard.environments.get(self.number, "box")

    def start(self):
        if self.number > 1:
            assert self.yard.gate.wait(WAIT_S)
        if self.number in self.yard.fail:
            raise EngineError(f"box {self.number} does not start")
        self.yard.open.append(self.number)

    def run(self, block):
        if block.block_id == "lost":
            raise SandboxLost("gone")
        outcome = Outcome.TAMPERED if block.block_id == "tampered" else Outcome.PASSED
        cells = np.full((1, 1), outcome, np.int8)
        return BlockResult(str(self.number), cells, np.zeros((1, 1), np.float32), np.zeros((1, 1), np.int8))

    def close(self):
        if self.number in self.yard.open:
            self.yard.open.remove(self.number)


def test_the_time_of_a_block_is_that_of_its_box(yard):
    ticks = iter(range(100))
    with RecyclingSandbox(yard.make, LIMITS, clock=lambda: float(next(ticks))) as fresh:
        assert fresh.run(BLOCK).seconds == 1.0


@pytest.fixture
def yard():
    return Yard()


@pytest.fixture
def sandbox(yard):
    with RecyclingSandbox(yard.make, LIMITS) as fresh:
        yield fresh
    assert yard.open == []


def named(sandbox, *names):
    """Run blocks of these names; the number of the box that ran each, and why it was exchanged before."""
    results = [sandbox.run(Block(name, ("p",), ("t",))) for name in names]
    return [(int(item.block_id), item.recycled) for item in results]


def ready(sandbox):
    """Wait until the spare is started."""
    sandbox._spare.exception(WAIT_S)


@pytest.fixture
def aging(yard):
    """A sandbox whose boxes are worn by age alone, and its clock."""
    now = [0.0]
    with RecyclingSandbox(yard.make, WearLimits(10**6, 0, 100.0), lambda: now[0]) as fresh:
        yield fresh, now
    assert yard.open == []


def test_the_age_of_a_box_counts_from_its_start_and_not_from_its_exchange(aging, yard):
    sandbox, now = aging
    assert named(sandbox, "a") == [(1, "")]  # and begins to start a spare
    ready(sandbox)
    now[0] = 40.0
    assert named(sandbox, "tampered", "a") == [(1, ""), (2, "tampered")]
    ready(sandbox)
    now[0] = 101.0
    yard.gate.clear()
    assert named(sandbox, "b") == [(2, "")]  # it serves on until another is ready
    yard.gate.set()
    ready(sandbox)
    assert named(sandbox, "c") == [(4, "age")]


def test_a_spare_that_has_waited_long_is_not_taken(aging, yard):
    sandbox, now = aging
    named(sandbox, "a")
    ready(sandbox)
    now[0] = 101.0
    yard.gate.clear()
    assert named(sandbox, "b") == [(1, "")]
    yard.gate.set()
    ready(sandbox)
    assert named(sandbox, "c") == [(3, "age")]


def test_no_block_begins_in_a_box_that_could_be_swept_under_it(aging, yard):
    sandbox, now = aging
    named(sandbox, "a")
    ready(sandbox)
    now[0] = 151.0  # nothing ran for long
    assert named(sandbox, "b") == [(3, "age")]


def test_a_spare_is_started_after_the_first_block_and_takes_over_when_the_box_is_worn(sandbox, yard):
    assert yard.made == 1
    assert named(sandbox, "a") == [(1, "")]
    ready(sandbox)
    assert yard.open == [1, 2]
    assert named(sandbox, "b", "c", "d") == [(1, ""), (1, ""), (2, "blocks")]


def test_work_goes_on_in_an_old_box_while_its_spare_is_not_ready(sandbox, yard):
    yard.gate.clear()
    assert named(sandbox, *"abcde") == [(1, "")] * 5
    yard.gate.set()
    ready(sandbox)
    assert named(sandbox, "f") == [(2, "blocks")]


def test_no_block_runs_in_a_box_after_a_tampered_pair_even_if_the_spare_must_be_waited_for(sandbox, yard):
    yard.gate.clear()
    assert named(sandbox, "tampered") == [(1, "")]
    threading.Timer(0.05, yard.gate.set).start()
    assert named(sandbox, "a") == [(2, "tampered")]


def test_a_lost_box_is_removed_at_once_and_the_next_block_finds_another(sandbox, yard):
    with pytest.raises(SandboxLost):
        sandbox.run(Block("lost", ("p",), ("t",)))
    ready(sandbox)
    assert named(sandbox, "a") == [(2, "lost")]


def test_a_spare_that_does_not_start_is_tried_once_more_and_then_told(sandbox, yard):
    yard.fail = {2}
    assert named(sandbox, "tampered", "a") == [(1, ""), (3, "tampered")]
    ready(sandbox)
    yard.fail = {5, 6}
    named(sandbox, "tampered", "a")
    ready(sandbox)
    named(sandbox, "tampered")
    with pytest.raises(EngineError, match="does not start"):
        named(sandbox, "a")
    assert named(sandbox, "a")[0][1] == "tampered"


def test_a_box_that_is_merely_old_serves_on_while_no_spare_can_be_had(sandbox, yard):
    yard.fail = {2, 3}
    named(sandbox, "a")
    ready(sandbox)
    assert named(sandbox, "b", "c", "d") == [(1, "")] * 3
    ready(sandbox)
    assert named(sandbox, "e") == [(1, "")]
    ready(sandbox)
    assert named(sandbox, "f") == [(4, "blocks")]


def test_a_spare_of_another_image_is_refused_and_removed(sandbox, yard):
    yard.environments = {2: "another"}
    with pytest.raises(ImageChanged, match="image changed"):
        named(sandbox, "tampered", "a")
    assert 2 not in yard.open


def test_closing_removes_a_spare_that_is_still_starting(yard):
    sandbox = RecyclingSandbox(yard.make, LIMITS)
    sandbox.start()
    yard.gate.clear()
    named(sandbox, "a")
    threading.Timer(0.05, yard.gate.set).start()
    sandbox.close()
    assert (yard.made, yard.open) == (2, [])
    sandbox.close()


def test_a_sandbox_that_was_not_started_or_is_closed_says_so(yard):
    with pytest.raises(SandboxLost, match="not started"):
        RecyclingSandbox(yard.make, LIMITS).run(BLOCK)


def test_a_sweep_is_due_once_every_few_minutes():
    now = [0.0]
    timer = SweepTimer(lambda: now[0])
    assert not timer.due()
    now[0] = SWEEP_INTERVAL_S
    assert (timer.due(), timer.due()) == (True, False)
    now[0] = 2 * SWEEP_INTERVAL_S
    assert timer.due()
