"""Who is let in: bounded in pairs, and only who can be served before its deadline. Pure: the clock is given.

Work is done in the order of deadlines, so a newcomer is held up by what is due before it, and holds up what is due after it.
Both must still be on time. What is refused is told when to come again, and what is accepted is never dropped for want of room.
"""

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field

MARGIN = 1.25
"""An estimate is taken to be too low by so much before something is promised."""
LEAST_RETRY_S = 0.5
"""Shortest pause that is asked of one who is refused."""
NEVER = float("inf")


@dataclass(order=True, slots=True)
class Ticket:
    """Work that was let in; `pairs` are what is left of it."""

    deadline: float
    number: int
    pairs: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request was not let in, and when to come again (seconds)."""

    reason: str
    retry_after_s: float


class Admission:
    """Keeps the pairs let in and not done. clock: seconds; rate: pairs a second that all executors do now."""

    def __init__(self, most_pairs: int, clock: Callable[[], float], rate: Callable[[], float]) -> None:
        self._most_pairs = most_pairs
        self._clock = clock
        self._rate = rate
        self._tickets: list[Ticket] = []
        self._number = 0
        self.pairs = 0
        """Pairs let in and not done."""

    def admit(self, pairs: int, deadline: float | None, *, sure: bool = False) -> Ticket | Refused:
        """Let in a request of so many pairs that is due at `deadline` (of the clock), or say when to come again.

        An empty queue takes a request of any size, if it can be on time. sure: it is counted, and never refused.
        """
        now, rate = self._clock(), max(self._rate(), 1e-9)
        if not sure and self.pairs and self.pairs + pairs > self._most_pairs:
            over = self.pairs + pairs - self._most_pairs
            return Refused("the queue is full", _retry(min(over, self.pairs) / rate))
        ticket = Ticket(NEVER if deadline is None else deadline, self._number, pairs)
        place = bisect.bisect(self._tickets, ticket)
        late_s = self._late_s(place, ticket, now, rate)
        if late_s > 0 and not sure:
            return Refused("it would not be done before its deadline, or before that of others", _retry(late_s))
        self._number += 1
        self._tickets.insert(place, ticket)
        self.pairs += pairs
        return ticket

    def done(self, ticket: Ticket, pairs: int) -> None:
        """Note that so many pairs of a request are judged."""
        taken = min(pairs, ticket.pairs)
        ticket.pairs -= taken
        self.pairs -= taken

    def leave(self, ticket: Ticket) -> None:
        """Note that a request has ended, however; safe to call twice."""
        if ticket in self._tickets:
            self._tickets.remove(ticket)
            self.pairs -= ticket.pairs
            ticket.pairs = 0

    def wait_s(self, pairs: int = 0) -> float:
        """Estimate the seconds until all that was let in, and `pairs` more, are judged."""
        return (self.pairs + pairs) / max(self._rate(), 1e-9)

    def _late_s(self, place: int, ticket: Ticket, now: float, rate: float) -> float:
        """By how much the newcomer at `place`, or one due after it, would be late; those that are late anyway do not count."""
        before = sum(other.pairs for other in self._tickets[:place])
        late_s = now + MARGIN * (before + ticket.pairs) / rate - ticket.deadline
        for other in self._tickets[place:]:
            before += other.pairs
            end = now + MARGIN * (before + ticket.pairs) / rate
            if now + MARGIN * before / rate <= other.deadline:
                late_s = max(late_s, end - other.deadline)
        return late_s


def _retry(seconds: float) -> float:
    return max(LEAST_RETRY_S, seconds)
