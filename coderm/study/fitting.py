"""Fits a gain model to all problems of a study, for runs to come."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from coderm.budget.curve import Curve
from coderm.budget.features import TEXT_FEATURES
from coderm.budget.learned import Learned
from coderm.budget.rounds import Staged
from coderm.selection.base import Rule
from coderm.study.cases import Case
from coderm.study.contest import after_first_tests, make_field
from coderm.study.draws import FIRST, draw

Fitted = Literal["curve", "learned"]


def fit(name: Fitted, cases: Sequence[Case], rule: Rule, draws: int, seed: int) -> Curve | Staged:
    """Fit `curve` to the problems' own pass rates, or `learned` to texts, and to texts and votes after the first tests.

    The curves are those of `rule` over `draws` orders of the tests. Raises DataError without problems.
    """
    most = max(case.passed.shape[1] for case in cases)
    field = make_field(cases, draw(rule, cases, draws, seed, most), seed)
    if name == "curve":
        return Curve.fit(field.rates, field.curves())
    texts = field.features(np.arange(len(cases)), TEXT_FEATURES, field.texts)
    return Staged({0: Learned.fit(texts, field.curves()), FIRST: after_first_tests(field, np.arange(len(cases)))})
