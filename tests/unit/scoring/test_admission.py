"""Who is let in: what cannot be on time is refused at once, and what was let in is not made late by what comes after."""

import random

from coderm.scoring.admission import Admission, Refused, Ticket


class At:
    """A clock and a rate that are set by hand."""

    def __init__(self, rate=100.0):
        self.now, self.rate = 0.0, rate


def admission(at, most=10_000):
    return Admission(most, lambda: at.now, lambda: at.rate)


def test_what_can_be_done_in_time_is_let_in_and_what_cannot_is_told_when_to_come():
    gate = admission(At())
    assert isinstance(gate.admit(100, 2.0), Ticket)
    refused = gate.admit(200, 2.0)
    assert isinstance(refused, Refused)
    assert 0 < refused.retry_after_s < 10
    assert gate.pairs == 100


def test_without_a_deadline_only_the_bound_refuses():
    gate = admission(At(rate=0.001), most=10)
    assert isinstance(gate.admit(10, None), Ticket)
    assert gate.admit(1, None) == Refused("the queue is full", 1000.0)


def test_an_empty_queue_takes_a_request_larger_than_the_bound():
    assert isinstance(admission(At(), most=10).admit(1000, None), Ticket)


def test_who_is_due_later_does_not_hold_up_who_is_due_sooner():
    gate = admission(At())
    assert isinstance(gate.admit(5000, 1000.0), Ticket)
    assert isinstance(gate.admit(100, 2.0), Ticket)


def test_a_newcomer_that_would_make_another_late_is_refused():
    gate = admission(At())
    assert isinstance(gate.admit(700, 10.0), Ticket)
    assert isinstance(gate.admit(200, 5.0), Refused)


def test_what_is_done_makes_room():
    gate = admission(At(), most=100)
    ticket = gate.admit(100, None)
    gate.done(ticket, 60)
    assert gate.pairs == 40
    assert isinstance(gate.admit(60, None), Ticket)
    gate.leave(ticket)
    gate.leave(ticket)
    assert gate.pairs == 60


def test_a_promise_given_elsewhere_is_kept_whatever_waits():
    gate = admission(At(), most=10)
    gate.admit(10, None)
    assert isinstance(gate.admit(1000, 0.1, sure=True), Ticket)


def test_at_four_times_the_capacity_everything_let_in_is_on_time_and_much_is_let_in():
    """Work is done by deadline at the rate told; arrivals and sizes are drawn."""
    draw, at = random.Random(7), At(rate=100.0)
    gate = admission(at, most=100_000)
    queue: list[Ticket] = []
    accepted = refused = late = 0
    for _ in range(20_000):
        at.now += 0.1
        if draw.random() < 0.8:
            ticket = gate.admit(draw.randint(1, 99), at.now + draw.uniform(0.5, 20.0))
            refused += isinstance(ticket, Refused)
            if isinstance(ticket, Ticket):
                accepted += 1
                queue.append(ticket)
        room = 10
        for ticket in sorted(queue):
            step = min(room, ticket.pairs)
            gate.done(ticket, step)
            room -= step
            if not ticket.pairs:
                gate.leave(ticket)
                queue.remove(ticket)
                late += at.now + 0.1 > ticket.deadline + 1e-9
    assert late == 0
    assert accepted > 3000
    assert refused > accepted
