"""The robust rule against the majority vote in simulation, by number of tests.

Prints best-of-N % of the vote and of the rule, and the difference with its 95 % interval. Takes minutes; the same seed gives the
same table.
"""

import numpy as np

from coderm.evaluation.intervals import paired_difference
from coderm.selection.base import Rule, select
from coderm.selection.majority import Majority
from coderm.selection.robust import Robust
from coderm.study.simulation.published import POLICY, WRITERS
from coderm.study.simulation.world import simulate

PROBLEMS, CANDIDATES, SEED = 2000, 100, 7
TESTS = (1, 2, 5, 10, 20, 50, 100)


def scores(writer: str) -> np.ndarray:
    """(rules, tests, problems) best-of-N %; fewer tests are the first ones of a hundred."""
    rules: tuple[Rule, ...] = (Majority(), Robust())
    found = np.empty((len(rules), len(TESTS), PROBLEMS))
    for place, problem in enumerate(simulate(POLICY, WRITERS[writer], PROBLEMS, CANDIDATES, TESTS[-1], SEED)):
        for row, rule in enumerate(rules):
            for column, tests in enumerate(TESTS):
                found[row, column, place] = 100 * select(rule, problem.passed[:, :tests]).fraction_correct(problem.correct)
    return found


def main() -> None:
    for writer in WRITERS:
        majority, robust = scores(writer)
        for tests, ours, theirs in zip(TESTS, robust, majority, strict=True):
            gain = paired_difference(ours, theirs, np.random.default_rng(SEED))
            interval = f"{gain.mean:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]"
            print(f"{writer:14} {tests:4} {theirs.mean():6.2f} {ours.mean():6.2f} {interval}")


if __name__ == "__main__":
    main()
