"""Fitted gain models keep every figure on disk."""

import json

import numpy as np
import pytest

from coderm.budget.allocation.gains import TableGains
from coderm.budget.gain_models.base import LAMBDA, SPENT, ProblemFeatures
from coderm.budget.gain_models.curve import Curve
from coderm.budget.gain_models.factory import make_gain_model
from coderm.budget.gain_models.learned import Learned
from coderm.budget.gain_models.staged import Staged
from coderm.budget.gain_models.storage import load_model, save_model
from coderm.config.schema import BudgetConfig
from coderm.errors import ConfigError, DataError

RATES = np.linspace(0, 1, 40)
CURVES = RATES[:, None] * (1 - 0.7 ** np.arange(9))
FEATURES = ProblemFeatures(tuple(map(str, range(40))), (LAMBDA, SPENT), np.stack([RATES, np.arange(40) % 5], axis=1))


def models():
    stages = {step: Learned.fit(FEATURES, CURVES, start=step) for step in (0, 2)}
    return {"curve": Curve.fit(RATES, CURVES), "learned": Staged(stages)}


@pytest.mark.parametrize("name", ["curve", "learned"])
def test_a_model_read_back_gives_the_same_gains(tmp_path, name):
    model, path = models()[name], tmp_path / "fitted.json"
    save_model(path, model, "robust")
    again = make_gain_model(BudgetConfig(model=name, fitted=str(path)), "robust")
    assert (again.name, again.reads) == (model.name, model.reads)
    ours, theirs = model.gains(FEATURES), again.gains(FEATURES)
    assert isinstance(ours, TableGains)
    assert isinstance(theirs, TableGains)
    np.testing.assert_array_equal(ours.rows[ours.index], theirs.rows[theirs.index])


def test_a_model_that_is_missing_broken_or_another_one_is_named(tmp_path):
    path = tmp_path / "fitted.json"
    with pytest.raises(DataError, match="coderm study"):
        load_model(path, "curve", "robust", "probe")
    path.write_text("{")
    with pytest.raises(DataError, match=r"fitted\.json: no gain model"):
        load_model(path, "curve", "robust", "probe")
    save_model(path, models()["curve"], "robust")
    with pytest.raises(DataError, match=r"holds the gain model 'curve', not 'learned'"):
        load_model(path, "learned", "robust", "probe")
    with pytest.raises(DataError, match="curves are of the rule 'robust', not 'codet'"):
        load_model(path, "curve", "codet", "probe")
    path.write_text(json.dumps({"format": 0}))
    with pytest.raises(DataError, match="layout 0"):
        load_model(path, "curve", "robust", "probe")


def test_a_fitted_model_without_a_file_is_refused():
    with pytest.raises(ConfigError, match=r"budget\.fitted"):
        make_gain_model(BudgetConfig(model="learned"), "robust")


@pytest.mark.parametrize(("source", "probe", "other"), [("examples", "examples", "embedded"), ("probe", "embedded", "examples")])
def test_a_curve_measured_with_other_pass_rates_is_refused(tmp_path, source, probe, other):
    path = tmp_path / "curve.json"
    save_model(path, models()["curve"], "robust", (f"curve ({source})",), source)
    assert json.loads(path.read_text())["measured_as"] == [f"curve ({source})"]
    make_gain_model(BudgetConfig(model="curve", fitted=str(path), probe=probe), "robust")
    with pytest.raises(DataError, match=r"it was measured with.*budget\.probe"):
        make_gain_model(BudgetConfig(model="curve", fitted=str(path), probe=other), "robust")
