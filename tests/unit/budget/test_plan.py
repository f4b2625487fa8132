import numpy as np
import pytest

from coderm.budget.gain_models.base import ProblemFeatures
from coderm.budget.gain_models.equal import Equal
from coderm.budget.gain_models.factory import make_gain_model
from coderm.budget.gain_models.paper import Paper
from coderm.budget.plan import allot, spend, total_budget
from coderm.config.schema import BudgetConfig
from coderm.errors import ConfigError, DataError


def test_equal_spreads_the_budget_evenly():
    assert allot(BudgetConfig(total=11), 4) == (3, 3, 3, 2)
    assert allot(BudgetConfig(per_problem=5), 3) == (5, 5, 5)
    assert allot(BudgetConfig(per_problem=5, cap=2), 3) == (2, 2, 2)
    assert allot(BudgetConfig(total=2), 4) == (1, 1, 0, 0)


def test_no_problem_takes_no_budget():
    assert allot(BudgetConfig(), 0) == ()


def test_a_budget_below_the_floors_is_refused():
    with pytest.raises(ConfigError, match="below the floors"):
        allot(BudgetConfig(total=3, floor=2), 4)


def test_a_floor_above_the_cap_is_refused():
    with pytest.raises(ConfigError, match=r"budget\.cap"):
        allot(BudgetConfig(floor=3, cap=2), 4)


def test_a_model_is_spent_under_the_configured_floor_and_cap():
    rates = ProblemFeatures(("a", "b"), ("lambda",), np.array([[0.5], [0.0]]))
    assert spend(BudgetConfig(total=9, floor=1, cap=5), Paper().gains(rates), 0).tolist() == [5, 4]


def test_the_total_wins_over_the_average():
    assert total_budget(BudgetConfig(), 3) == 300
    assert total_budget(BudgetConfig(total=7), 3) == 7


def test_the_factory_builds_the_configured_model():
    assert make_gain_model(BudgetConfig(), "robust") == Equal()


def test_features_are_checked_where_they_enter():
    with pytest.raises(DataError, match=r"b: feature rate is not finite"):
        ProblemFeatures(("a", "b"), ("rate",), np.array([[0.0], [np.nan]]))
    with pytest.raises(DataError, match="2 problems"):
        ProblemFeatures(("a", "b"), ("rate",), np.zeros((1, 1)))
    with pytest.raises(DataError, match="feature rate is missing"):
        ProblemFeatures.none(("a",)).column("rate")
