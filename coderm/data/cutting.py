"""Which tests of a problem are kept: pure decisions over their rates, cases and the mutants they kill."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coderm.config.data import QualityConfig
from coderm.data.records import Drop, Rates, WrittenTest
from coderm.quality.covering import greedy_order


@dataclass(frozen=True, slots=True)
class Measured:
    """A valid test and what was measured. cases: hashes of those it holds; by_value: mutants that gave it a wrong value."""

    test: WrittenTest
    cases: frozenset[str]
    by_value: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Cut:
    """The tests that are kept, in their order, and why the others are not."""

    kept: tuple[WrittenTest, ...]
    dropped: dict[str, int]


def without_copies(tests: Iterable[Measured], similarity: float) -> tuple[list[Measured], Counter[str]]:
    """Drop tests that hold no case, and those whose cases are nearly those of one before; {reason: tests}."""
    kept: list[Measured] = []
    dropped: Counter[str] = Counter()
    for item in tests:
        if not item.cases:
            dropped[Drop.TAUTOLOGY] += 1
        elif any(_alike(item.cases, other.cases) >= similarity for other in kept):
            dropped[Drop.NEAR_DUPLICATE] += 1
        else:
            kept.append(item)
    return kept, dropped


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def cut(tests: Sequence[Measured], mutants: int, config: QualityConfig) -> Cut:
    """Apply the two rates, the rule about mutants, and the rule that chooses, in this order."""
    dropped: Counter[str] = Counter()
    left: list[Measured] = []
    for item in tests:
        why = _by_rates(item.test.rates, config)
        if why is None:
            left.append(item)
        else:
            dropped[why] += 1
    if mutants and config.kills != "off":
        left = _killing(left, config, dropped)
    chosen = _chosen(left, config)
    if len(chosen) < len(left):
        dropped[Drop.NOT_CHOSEN] += len(left) - len(chosen)
    left = chosen
    order = {id(item): place for place, item in enumerate(tests)}
    kept = sorted(left, key=lambda item: order[id(item)])
    return Cut(tuple(item.test for item in kept), {why: count for why, count in dropped.items() if count})


def _by_rates(rates: Rates, config: QualityConfig) -> Drop | None:
    """A rate that is not known condemns nobody."""
    accepted = rates.false_positive_rate if config.false_acceptance == "false_positive_rate" else rates.false_discovery_rate
    if accepted is not None and accepted > config.most_accepted:
        return Drop.ACCEPTS_WRONG
    rejected = rates.false_negative_rate
    return Drop.REJECTS_RIGHT if rejected is not None and rejected > config.most_rejected else None


def _killing(tests: list[Measured], config: QualityConfig, dropped: Counter[str]) -> list[Measured]:
    """Drop tests that kill no mutant; of the others those that kill nothing which better ones leave alive. Best ones come first."""
    killing = [item for item in tests if item.by_value]
    dropped[Drop.KILLS_NONE] += len(tests) - len(killing)
    if config.kills == "any":
        return sorted(killing, key=_rank)
    found = _covering(killing, len(killing))
    dropped[Drop.NOTHING_NEW] += len(killing) - len(found)
    return found


def _covering(tests: Sequence[Measured], most: int) -> list[Measured]:
    """Choose at most so many, each time the one that kills most of the mutants still alive, until none kills a further one."""
    ranked = sorted(tests, key=_rank)
    mutants = sorted({kill for item in tests for kill in item.test.kills})
    killed = np.array([[mutant in item.test.kills for item in ranked] for mutant in mutants], np.bool_)
    return [ranked[place] for place in greedy_order(killed)[:most]]


def _rank(item: Measured) -> tuple[float, int]:
    """Better tests first: fewer wrong programs accepted, more mutants killed."""
    return item.test.rates.false_positive_rate or 0.0, -len(item.test.kills)


def _chosen(tests: list[Measured], config: QualityConfig) -> list[Measured]:
    """Return what the rule keeps. Where `cover` has no mutant left to cover, the best of the rest fill it up."""
    if config.rule == "threshold":
        return tests
    ranked = sorted(tests, key=_rank)
    if config.rule == "best":
        return ranked[:1]
    covering = _covering(tests, config.k)
    return [*covering, *(item for item in ranked if item not in covering)][: config.k]
