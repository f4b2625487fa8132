"""Where a run's budget went: tests per round, and per problem by how hard the probe thought it was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coderm.events import ProblemResult
from coderm.journal import Share

EDGES = (0.1, 0.3, 0.7, 0.9)
"""Predicted pass rates that part hopeless, hard, medium, easy and certain problems."""


@dataclass
class Expenditure:
    """Sums over problems, filled one problem at a time."""

    model: str
    rounds: Counter[int] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    tests: Counter[str] = field(default_factory=Counter)

    def add(self, result: ProblemResult, shares: Sequence[Share]) -> None:
        """Take one finished problem and what each round decided for it in."""
        self.rounds.update(dict(enumerate(result.rounds or (result.units,))))
        rates = [share.predicted for share in shares if np.isfinite(share.predicted)]
        if rates:
            name = bin_name(int(np.digitize(rates[-1], EDGES)))
            self.problems[name] += 1
            self.tests[name] += result.units

    def figures(self) -> dict[str, Any]:
        """As JSON: tests allotted in each round; by predicted pass rate, problems and tests, empty without a probe."""
        names = [name for name in map(bin_name, range(len(EDGES) + 1)) if self.problems[name]]
        return {
            "model": self.model,
            "rounds": [self.rounds[number] for number in sorted(self.rounds)],
            "by_predicted_pass_rate": {name: {"problems": self.problems[name], "tests": self.tests[name]} for name in names},
        }


def bin_name(place: int) -> str:
    """What a bin of pass rates is called."""
    low, high = (0, *EDGES)[place], (*EDGES, 1)[place]
    return f"{low:g} to {high:g}"
