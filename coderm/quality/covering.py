"""The smallest suite with the same verdicts: a cover of the rejected programs, its proof, and how small any could be.

Taking tests away never rejects a program that passed them all. So a part of a suite keeps every verdict if and only if each
rejected program fails a test of the part: a set cover. Greedy is within ln N + 1 of the
least (Chvatal 1979). Where the reduced problem is small enough, the least is found by HiGHS, a solver of integer programs, whose
bound proves it.
"""

from dataclasses import dataclass

import numpy as np

from coderm.arrays import BoolArray, IndexArray, OutcomeArray
from coderm.quality.columns import failed
from coderm.quality.verdicts import Verdicts

MOST_CELLS = 40_000
"""Cells of a reduced matrix that is solved exactly: below a second; larger ones keep the greedy cover and a weaker bound."""
MOST_NODES = 2_000
"""Nodes of the search: a count and not a time, so that the answer does not depend on the machine."""


@dataclass(frozen=True, slots=True, eq=False)
class SmallestSuite:
    """kept: places of tests, ascending. witness: (N,) a kept test that each rejected program fails, -1 for any other program.

    least: no part of the suite with fewer tests keeps the verdicts.
    """

    kept: IndexArray
    witness: IndexArray
    least: int

    @property
    def exact(self) -> bool:
        """Whether it is proved that none is smaller."""
        return len(self.kept) == self.least


def smallest_suite(outcomes: OutcomeArray) -> SmallestSuite:
    """Return a small part of (N, M) outcomes' tests that keeps the verdict of every program, with its proof.

    At least one test is kept where there is any: no test at all judges nobody.
    """
    lacking = failed(outcomes)
    rejected = np.flatnonzero(lacking.any(axis=1))
    if not len(rejected):
        kept = np.arange(min(1, outcomes.shape[1]))
        return SmallestSuite(kept, np.full(len(outcomes), -1, np.intp), len(kept))
    rows = _distinct(lacking[rejected])
    kept = greedy_cover(rows)
    exact, least = _least(rows)
    if exact is not None and len(exact) < len(kept):
        kept = exact
    witness = np.full(len(outcomes), -1, np.intp)
    witness[rejected] = kept[np.argmax(lacking[np.ix_(rejected, kept)], axis=1)]
    return SmallestSuite(kept, witness, max(1, min(least, len(kept))))


def keeps_verdicts(outcomes: OutcomeArray, kept: IndexArray) -> bool:
    """Whether the tests `kept` alone accept and reject whom all of (N, M) outcomes accept and reject: the proof, looked at anew."""
    whole, part = Verdicts.of(outcomes), Verdicts.of(outcomes[:, kept])
    return bool((whole.rejected == part.rejected).all() and (part.accepted | ~whole.accepted).all())


def greedy_cover(rows: BoolArray) -> IndexArray:
    """Return columns, ascending, that hit every row of (R, M), each row with at least one; none that the others make needless."""
    kept = greedy_order(rows)
    for column in list(kept):
        rest = [other for other in kept if other != column]
        if rest and rows[:, rest].any(axis=1).all():
            kept = rest
    return np.array(sorted(kept), np.intp)


def greedy_order(rows: BoolArray) -> list[int]:
    """Return columns of (R, M), each row with at least one, until every row is hit: each time the first that hits most new rows."""
    left, kept = rows, []
    while len(left):
        best = int(np.argmax(np.count_nonzero(left, axis=0)))
        kept.append(best)
        left = left[~left[:, best]]
    return kept


def _distinct(rows: BoolArray) -> BoolArray:
    """Return the rows that ask the most: one of equal ones, and none that contains another."""
    unique = np.unique(rows, axis=0)
    unique = unique[np.argsort(np.count_nonzero(unique, axis=1), kind="stable")]
    kept: list[BoolArray] = []
    for row in unique:
        if not any((other & ~row).sum() == 0 for other in kept):
            kept.append(row)
    return np.array(kept, np.bool_)


def _least(rows: BoolArray) -> tuple[IndexArray | None, int]:
    """Return the smallest cover, None where it was not looked for or not found, and a bound that holds in any case."""
    columns = _useful(rows)
    reduced = rows[:, columns]
    if reduced.size > MOST_CELLS:
        return None, _disjoint(rows)
    from scipy.optimize import Bounds, LinearConstraint, milp

    ones = np.ones(reduced.shape[1])
    found = milp(
        ones,
        integrality=ones,
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(reduced.astype(np.float64), lb=1),
        options={"node_limit": MOST_NODES, "mip_rel_gap": 0.0},
    )
    bound = found.get("mip_dual_bound")
    least = _disjoint(rows) if bound is None or not np.isfinite(bound) else int(np.ceil(bound - 1e-6))
    chosen = None if found.x is None else columns[np.flatnonzero(found.x > 0.5)]
    sound = chosen is not None and bool(rows[:, chosen].any(axis=1).all())
    return (chosen if sound else None), least


def _useful(rows: BoolArray) -> IndexArray:
    """Return one of equal columns, and none that hits nothing."""
    _, first = np.unique(rows, axis=1, return_index=True)
    return np.array([place for place in sorted(first.tolist()) if rows[:, place].any()], np.intp)


def _disjoint(rows: BoolArray) -> int:
    """Return how many rows were found of which no two share a column: each needs a test of its own."""
    taken, count = np.zeros(rows.shape[1], np.bool_), 0
    for row in rows[np.argsort(np.count_nonzero(rows, axis=1), kind="stable")]:
        if not (row & taken).any():
            taken |= row
            count += 1
    return count
