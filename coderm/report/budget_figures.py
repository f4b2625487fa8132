"""Where a run's budget went: tests per round, and per problem by how hard the probe thought it was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coderm.evaluation.pass_rate_bins import EDGES, bin_name
from coderm.messages.observations import RoundAllotment
from coderm.messages.results import ProblemResult


@dataclass
class Expenditure:
    """Sums over problems, filled one problem at a time. unit, total: of the budget, which counts once something was allotted."""

    model: str
    unit: str = "tests"
    total: float = 0.0
    allotted: bool = False
    spent: float = 0.0
    rounds: Counter[int] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    tests: Counter[str] = field(default_factory=Counter)
    costs: Counter[str] = field(default_factory=Counter)

    def add(self, result: ProblemResult, allotments: Sequence[RoundAllotment]) -> None:
        """Take one finished problem and what each round decided for it in."""
        cost = spent_on(result, self.unit)
        self.allotted |= bool(allotments)
        self.spent += cost
        self.rounds.update(dict(enumerate(result.rounds or (result.units,))))
        rate = predicted_pass_rate(allotments)
        if rate is not None:
            name = bin_name(int(np.digitize(rate, EDGES)))
            self.problems[name] += 1
            self.tests[name] += result.units
            self.costs[name] += cost  # type: ignore[assignment]

    def figures(self) -> dict[str, Any]:
        """As JSON: what was spent and is left (null where tests were given), tests allotted in each round; by predicted pass rate,
        problems, tests and cost, empty without a probe.
        """
        names = [name for name in map(bin_name, range(len(EDGES) + 1)) if self.problems[name]]
        return {
            "model": self.model,
            "unit": self.unit,
            "total": self.total if self.allotted else None,
            "spent": round(self.spent, 3),
            "left": round(self.total - self.spent, 3) if self.allotted else None,
            "rounds": [self.rounds[number] for number in sorted(self.rounds)],
            "by_predicted_pass_rate": {
                name: {"problems": self.problems[name], "tests": self.tests[name], "spent": round(self.costs[name], 3)}
                for name in names
            },
        }


def predicted_pass_rate(allotments: Sequence[RoundAllotment]) -> float | None:
    """The pass rate that the probe gave a problem, as its last round saw it; None without a probe."""
    rates = [allotment.predicted for allotment in allotments if np.isfinite(allotment.predicted)]
    return rates[-1] if rates else None


def spent_on(result: ProblemResult, unit: str) -> float:
    """What the tests of a finished problem have cost."""
    if unit == "tokens":
        return result.tokens.get("coderm", 0) + result.tokens.get("coderm_prompt", 0)
    return float(result.cpu_s.sum(dtype=np.float64)) if unit == "CPU seconds" else len(result.tests)
