"""What one more test of each problem costs, in the unit of the budget: tests, tokens of the test writer, CPU seconds of running.

Pure. Before a problem has tests its cost is expected: from the length of its prompt, or from its distinct programs and the time
they took on visible examples. What was measured then replaces what was expected, the more the more tests a problem has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coderm.arrays import FloatArray
from coderm.config.schema import BudgetConfig, CodermConfig
from coderm.errors import ConfigError
from coderm.messages.observations import Observation

TEST_TOKENS = 400
"""Tokens of an answer before any was seen: the recorded tests of a 0.5B model took 423 on average."""
TOKEN_CHARS = 4.0
"""Characters a token of prompts, for English with code about."""
PAIR_S = 0.02
"""CPU seconds of a pair before any was run: a fork and a few calls."""
TRUST = 2.0
"""Tests after which a problem's own cost counts as much as the expected one."""


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Of P problems. each: (P,) cost of one more test, positive. spent: (P,) what their tests have cost so far."""

    each: FloatArray
    spent: FloatArray


def make_costs(
    budget: BudgetConfig,
    writer: CodermConfig,
    problems: int,
    survey: Sequence[Observation],
    votes: Sequence[Observation],
    most_answers: int | None = None,
) -> Costs:
    """Costs as far as they are known. survey, votes: of every problem, empty where there was none.

    most_answers: that the writer's engine gives to a prompt sent once; None: to any number.
    Raises ConfigError when tests were written and the engine told no tokens.
    """
    if budget.unit == "tests":
        spent = np.array([item.tests for item in votes], np.float64) if votes else np.zeros(problems)
        return Costs(np.ones(problems), spent)
    tokens = budget.unit == "tokens"
    expected = _tokens(budget, writer, survey, most_answers) if tokens else _seconds(survey)
    if not votes:
        return Costs(expected, np.zeros(problems))
    tests = np.array([item.tests for item in votes], np.float64)
    spent = np.array([item.tokens if tokens else item.cpu_s for item in votes], np.float64)
    if tokens and tests.any() and not spent.any():
        raise ConfigError("budget.total_tokens: the engine of the test writer tells no tokens; use budget.total")
    return Costs(_measured(expected, spent, tests), spent)


def _measured(expected: FloatArray, spent: FloatArray, tests: FloatArray) -> FloatArray:
    """Mean of measured and expected costs, the latter corrected by how far they were off in the whole run."""
    usual = float((expected * tests).sum())
    off = float(spent[tests > 0].sum()) / usual if usual and spent[tests > 0].any() else 1.0
    cost: FloatArray = (spent * (tests > 0) + TRUST * off * expected) / (tests + TRUST)
    return cost


def _tokens(budget: BudgetConfig, writer: CodermConfig, survey: Sequence[Observation], most_answers: int | None) -> FloatArray:
    """Answers asked for per usable test, and their part of the prompt: it serves all answers of a call, or one under `rotate`."""
    answer = writer.oversample * min(TEST_TOKENS, writer.sampling.max_tokens)
    prompts = np.array([item.shown_chars for item in survey], np.float64) / TOKEN_CHARS
    served = 1.0 if writer.show == "rotate" else max(1.0, (budget.total_tokens or 0) / (len(survey) * budget.rounds * answer))
    served = min(served, most_answers / writer.oversample) if most_answers else served
    return np.asarray(answer + prompts / served)


def _seconds(survey: Sequence[Observation]) -> FloatArray:
    """Distinct programs times the seconds of a pair on the visible examples: the problem's own, else the mean of the others."""
    pair = np.array([item.example_s for item in survey], np.float64)
    known = pair > 0
    pair[~known] = pair[known].mean() if known.any() else PAIR_S
    cost: FloatArray = pair * np.maximum([item.distinct for item in survey], 1)
    return cost
