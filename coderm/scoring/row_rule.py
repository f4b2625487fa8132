"""Which tests of a row are still to run, and which are left out; the same whatever order answers come in.

A row is one program's outcomes in the order of the tests. It ends after `row_timeouts` timeouts in a row, or with
`first_failure` after the first test that does not pass. What comes after the end is left out, judged or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coderm.messages.case_rules import StopRule
from coderm.messages.execution import Outcome

UNKNOWN = -1
"""A cell that nothing is known about yet."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """When a row ends. timeouts: 0 ends no row."""

    stop: StopRule
    timeouts: int

    def to_run(self, row: Sequence[int], portion: int) -> list[int]:
        """Return the places to run next, at most `portion` of them with `first_failure`; none: the row is complete."""
        places: list[int] = []
        for place in range(self.end(row)):
            if row[place] == UNKNOWN:
                places.append(place)
                if self.stop == "first_failure" and len(places) == portion:
                    break
        return places

    def end(self, row: Sequence[int]) -> int:
        """Return how many cells count, as far as is known; an unknown cell ends nothing."""
        streak = 0
        for place, outcome in enumerate(row):
            streak = streak + 1 if outcome == Outcome.TIMEOUT else 0
            failed = outcome not in (UNKNOWN, Outcome.PASSED)
            if streak == self.timeouts > 0 or (failed and self.stop == "first_failure"):
                return place + 1
        return len(row)
