"""Figures of written tests: how many can be used, hold for right programs, and find wrong ones. Pure.

Judges are the reference (right), candidates with their labels, and mutants (wrong). Error rates are of one test, pooled over all
(problem, program, test), in the paper's definitions and in the textbook's, named so that nobody can mix them up.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coderm.arrays import OutcomeArray
from coderm.evaluation.confusion import Confusion
from coderm.messages.execution import NO_VERDICT, Outcome
from coderm.quality.kills import kills
from coderm.rewards.writers.base import WrittenTests


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Texts of one problem. rejected: reasons of those that hold no test. outcomes: (1 + C + K, M) of the M tests that can be used,

    first the reference, then C candidates, then K mutants; labels: (C,) of the candidates.
    """

    texts: int
    rejected: Mapping[str, int]
    outcomes: OutcomeArray
    labels: tuple[bool, ...] = ()

    @property
    def mutants(self) -> OutcomeArray:
        """(K, M) What the mutants ended with."""
        return self.outcomes[1 + len(self.labels) :]


def figures(problems: Sequence[Written]) -> dict[str, float]:
    """Return every figure by its name; a rate without a denominator is NaN."""
    texts = sum(written.texts for written in problems)
    tests = sum(written.outcomes.shape[1] for written in problems)
    references = np.concatenate([written.outcomes[0] for written in problems])
    known = references[~np.isin(references, NO_VERDICT)]
    confusion = sum((_confusion(written) for written in problems), Confusion.nothing())
    killed = [kills(WrittenTests(written.outcomes[1:1], written.outcomes[0], None, written.mutants)) for written in problems]
    return {
        "problems": float(len(problems)),
        "texts": float(texts),
        "usable": tests / texts if texts else float("nan"),
        "valid": float((known == Outcome.PASSED).mean()) if len(known) else float("nan"),
        **confusion.figures(),
        "mutants_killed": _share(sum(found.by_all for found in killed), sum(len(written.mutants) for written in problems)),
    }


def rejections(problems: Sequence[Written]) -> dict[str, int]:
    """Count why texts hold no test."""
    total: Counter[str] = Counter()
    for written in problems:
        total.update(written.rejected)
    return dict(sorted(total.items()))


def _confusion(written: Written) -> Confusion:
    right = np.array([True, *written.labels, *[False] * len(written.mutants)], np.bool_)
    known = ~np.isin(written.outcomes, NO_VERDICT)
    return Confusion.count(written.outcomes == Outcome.PASSED, right[:, None], known)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


SHOWN = {
    "usable": "texts that hold a test",
    "valid": "tests that the reference passes",
    "accuracy": "accuracy of one test",
    "paper_far_false_discovery_rate": "FAR as in the paper (accepted that are wrong)",
    "paper_frr_false_omission_rate": "FRR as in the paper (rejected that are right)",
    "false_positive_rate": "false positive rate (wrong that are accepted)",
    "false_negative_rate": "false negative rate (right that are rejected)",
    "mutants_killed": "mutants that a valid test kills",
}
"""Figures that people see, in their words."""
