"""Giving up a block: the box is told once, of the right block, and never in the middle of a frame."""

import pytest

from coderm.errors import BlockCancelled, SandboxLost
from coderm.sandbox.wire.giving_up import CANCEL, GRACE_S, GivingUp


class Box:
    def __init__(self):
        self.now, self.told = 0.0, []
        self.giving_up = GivingUp(lambda: self.now)

    def begin(self, block_id):
        self.giving_up.begin(block_id)

    def send(self, block_id):
        self.giving_up.sent(block_id, self.told.append)


@pytest.fixture
def box():
    return Box()


def test_a_block_under_way_is_told_of_once(box):
    box.begin("a")
    box.send("a")
    box.giving_up.cancel("a")
    box.giving_up.cancel("a")
    assert box.told == [CANCEL]


def test_while_a_block_is_sent_nothing_comes_between(box):
    box.begin("a")
    box.giving_up.cancel("a")
    assert box.told == []
    box.send("a")
    assert box.told == [CANCEL]


def test_a_block_given_up_before_it_came_does_not_begin(box):
    box.giving_up.cancel("a")
    with pytest.raises(BlockCancelled):
        box.begin("a")
    box.begin("b")


def test_after_its_answer_or_for_another_block_nothing_is_told(box):
    box.begin("a")
    box.send("a")
    box.giving_up.ended()
    box.giving_up.cancel("a")
    box.begin("b")
    box.send("b")
    box.giving_up.cancel("c")
    assert box.told == []


def test_what_follows_is_sent_only_while_the_block_is_wanted(box):
    box.begin("a")
    box.send("a")
    with box.giving_up.sending() as wanted:
        assert wanted
    box.giving_up.cancel("a")
    with box.giving_up.sending() as wanted:
        assert not wanted


def test_a_box_that_lives_and_does_not_end_the_block_is_lost(box):
    box.begin("a")
    box.send("a")
    box.giving_up.check()
    box.giving_up.cancel("a")
    box.now = GRACE_S
    box.giving_up.check()
    box.now += 1
    with pytest.raises(SandboxLost):
        box.giving_up.check()
    box.giving_up.ended()
    box.begin("b")
    box.send("b")
    box.giving_up.check()
