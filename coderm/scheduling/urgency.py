"""Which work goes first where workers are scarce. Pure: told what is known, returns what compares.

While problems are still to come, those that came first go first: they finish and make room, and one that is ready never waits
for one that came later. Once all are in, what is expected to take longest goes first, so that nothing long begins last.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from coderm.messages.events import Ask, Execute

PAIR_S = 0.02
"""Seconds of a pair before any was run."""


@dataclass(slots=True)
class Mean:
    """Seconds a pair over what was seen so far."""

    seconds: float = 0.0
    pairs: int = 0

    def add(self, seconds: float, pairs: int) -> None:
        """Take a block in."""
        self.seconds += seconds
        self.pairs += pairs

    def of(self, pairs: int, otherwise: float) -> float:
        """Expected seconds of so many pairs; `otherwise` a pair before anything was seen."""
        return pairs * (self.seconds / self.pairs if self.pairs else otherwise)


@dataclass(slots=True)
class Urgencies:
    """The problems in work and how long their blocks took. more: whether problems are still to come."""

    more: bool = True
    _places: dict[str, int] = field(default_factory=dict)
    _problems: defaultdict[str, Mean] = field(default_factory=lambda: defaultdict(Mean))
    _all: Mean = field(default_factory=Mean)

    def arrived(self, task_id: str, place: int) -> None:
        """A problem enters the run."""
        self._places[task_id] = place

    def left(self, task_id: str) -> None:
        """A problem is finished, and what was known of it is forgotten."""
        self._places.pop(task_id, None)
        self._problems.pop(task_id, None)

    def took(self, command: Execute, seconds: float) -> None:
        """A block was judged in so many seconds."""
        if command.task_id not in self._places:
            return  # of a problem that is finished without it
        for mean in (self._problems[command.task_id], self._all):
            mean.add(seconds, len(command.rows) * len(command.columns))

    def of(self, command: Ask) -> tuple[float, ...]:
        """How urgent a command is; the least goes first."""
        if not isinstance(command, Execute):
            return (self._places.get(command.request.task_id, 0),)
        if self.more:
            return (self._places.get(command.task_id, 0),)
        return (-self._expected_s(command),)

    def _expected_s(self, command: Execute) -> float:
        usual = self._all.of(1, PAIR_S)
        known = self._problems.get(command.task_id, Mean())
        return known.of(len(command.rows) * len(command.columns), usual)
