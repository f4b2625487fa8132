"""Figures of the problems that a run has finished so far, read from its journal, each problem once."""

from dataclasses import dataclass, field

import numpy as np

from coderm.config.schema import SelectionConfig, choice_name
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.selection.factory import make_rule
from coderm.storage.journal import Journal

MOST_AT_ONCE = 100
"""Problems read between two looks; a watcher that comes late catches up over several."""


@dataclass
class SoFar:
    """seen: positions of problems taken in. right, best, any: per labelled problem, share right, the choice's score, any right."""

    config: SelectionConfig
    seen: set[int] = field(default_factory=set)
    right: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    any: list[float] = field(default_factory=list)

    def read(self, journal: Journal) -> None:
        """Take in what was finished since, a part of it where that is much. Raises StorageError as the journal does."""
        rule = make_rule(self.config)
        for position in sorted(journal.positions() - self.seen)[:MOST_AT_ONCE]:
            result = journal.result_at(position)
            self.seen.add(position)
            problem = FinishedProblem(result)
            if problem.labelled:
                self.right.append(float(problem.correct.mean()))
                self.best.append(problem.score(problem.select(rule, examples=self.config.examples)))
                self.any.append(float(problem.correct.any()))

    def facts(self) -> list[tuple[str, str]]:
        """Names and values; none before the first problem with labels."""
        if not self.right:
            return []
        name = choice_name(self.config.rule, examples=self.config.examples)
        figures = {"pass@1": self.right, f"best-of-N, {name}": self.best, "pass@N": self.any}
        told = [(label, f"{100 * float(np.mean(values)):.2f} %") for label, values in figures.items()]
        return [("of finished problems", f"{len(self.right)} with hidden checks; the figures still move"), *told]
