"""The one place that turns names and weights into a reward for tests, and what each test of a problem gets by it."""

import math
from collections import Counter
from collections.abc import Sequence

from coderm.client.contract import RewardTerm
from coderm.errors import InputError
from coderm.rewards.reward import checked
from coderm.rewards.writers.base import Values, WriterTerm, WrittenTests
from coderm.rewards.writers.discrimination import Discrimination
from coderm.rewards.writers.newly_killed import NewlyKilled
from coderm.rewards.writers.redundancy import Redundancy
from coderm.rewards.writers.valid import Valid

_TERMS: dict[str, WriterTerm] = {term.name: term for term in (Valid(), Discrimination(), NewlyKilled(), Redundancy())}
WRITER_TERMS: tuple[str, ...] = tuple(_TERMS)
"""Names of all terms, in the order of docs/rewards.md."""

LARGEST_WEIGHT = 1e6
"""Of a term; far beyond any use, and no sum of such terms leaves the floats."""


def reward_tests(reward: str | Sequence[RewardTerm], tests: WrittenTests) -> Values:
    """Return sum over terms of weight x value for each test; None where a term is None.

    Raises InputError that names the choices for an unknown term, an option, no term, a term given twice or too large a weight.
    """
    terms = (RewardTerm(name=reward),) if isinstance(reward, str) else tuple(reward)
    check_terms(terms)
    columns = [(term.weight, _TERMS[term.name].bounds, _TERMS[term.name](tests)) for term in terms]
    rows = [[(weight, checked(values[place], bounds)) for weight, bounds, values in columns] for place in range(tests.tests)]
    return [_sum(row) for row in rows]


def least(terms: Sequence[RewardTerm]) -> float:
    """Return the lower bound of the reward, which an unreadable text gets, so that silence never pays more than a test."""
    ends = [tuple(term.weight * bound for bound in _TERMS[term.name].bounds) for term in terms]
    return math.fsum(map(min, ends))


def mean_of(values: Values, places: Sequence[int]) -> float | None:
    """Return the mean value of a text's tests; None where one is not known, or there is none."""
    known = [value for place in places if (value := values[place]) is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(places) else None


def _sum(row: list[tuple[float, float | None]]) -> float | None:
    parts = [weight * value for weight, value in row if value is not None]
    return math.fsum(parts) if len(parts) == len(row) else None


def check_terms(terms: Sequence[RewardTerm]) -> None:
    """Raise InputError as `reward_tests` does."""
    choices = ", ".join(WRITER_TERMS)
    if not terms:
        raise InputError(f"reward of tests: no term is given; choose among {choices}")
    for name, count in Counter(term.name for term in terms).items():
        if name not in _TERMS:
            raise InputError(f"reward of tests: unknown term {name!r}; choose one of {choices}")
        if count > 1:
            raise InputError(f"reward of tests: {name!r} is given twice; add its weights")
    for term in terms:
        if term.options:
            raise InputError(f"reward of tests: {term.name!r} has no options; take {', '.join(term.options)} out")
        if abs(term.weight) > LARGEST_WEIGHT:
            raise InputError(
                f"reward of tests: weight {term.weight:g} of {term.name!r} is too large; stay within {LARGEST_WEIGHT:g}"
            )
