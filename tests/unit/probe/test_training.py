"""A probe learns what is there, is the same twice, and says what it cannot do."""

from dataclasses import replace

import numpy as np
import pytest
from features import SPEC, a_table

from coderm.errors import ConfigError, DataError
from coderm.probe.model.calibration import LOWEST
from coderm.probe.model.storage import load_probe, save_probe
from coderm.probe.settings import ProbeSettings, parse_settings
from coderm.probe.training.cross_validation import applied, compare, held_out
from coderm.probe.training.scores import score
from coderm.probe.training.train import Labels, folds_by_problem, train_probe

QUICK = ProbeSettings(width=8, epochs=150, patience=30, learning_rate=0.03, weight_decay=0.3, members=3)
SOME = QUICK.model_copy(update={"epochs": 50, "members": 2})
SHORT = ProbeSettings(width=2, epochs=4, members=2)
"""Where it does not matter how well it learns."""


def train(rows):
    table, labels = rows
    return train_probe(table, labels, QUICK)


@pytest.fixture(scope="module")
def trained():
    return train(a_table(80))


def test_it_beats_the_constant_on_problems_it_has_not_seen(trained):
    table, labels = a_table(60, seed=1)
    ours = score(trained.predict(table), labels.rates, labels.weights)
    constant = score(np.full(60, trained.card.rate), labels.rates, labels.weights)
    assert ours.log_loss < 0.85 * constant.log_loss
    assert ours.spearman > 0.7


def test_predictions_are_rates_even_where_all_labels_are_0_or_1():
    table, labels = a_table()
    for rates in (np.zeros(40), np.ones(40), (labels.rates > 0.5).astype(float)):
        predicted = train_probe(table, Labels(rates, labels.weights), QUICK).predict(table)
        assert np.isfinite(predicted).all()
        assert (predicted > 0).all()
        assert (predicted < 1).all()
        assert abs(predicted.mean() - rates.mean()) < 0.2


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tmp_path):
    table, labels = a_table()
    for name, seed in (("one", 4), ("two", 4), ("other", 5)):
        save_probe(train_probe(table, labels, QUICK.model_copy(update={"seed": seed})), tmp_path / name)
    one, two, other = ((tmp_path / name / "probe.safetensors").read_bytes() for name in ("one", "two", "other"))
    assert one == two
    assert one != other
    assert (tmp_path / "one/probe.json").read_bytes() == (tmp_path / "two/probe.json").read_bytes()


def test_torch_is_left_as_it_was():
    import torch

    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    threads = torch.get_num_threads()
    train(a_table())
    assert torch.equal(torch.rand(2), expected)
    assert torch.get_num_threads() == threads


def test_a_saved_probe_predicts_the_same(trained, tmp_path):
    save_probe(trained, tmp_path / "probe")
    again = load_probe(tmp_path / "probe")
    assert again.card == trained.card
    assert again.card.spec == SPEC
    table, _ = a_table(seed=2)
    assert np.array_equal(again.predict(table), trained.predict(table))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "other"}, "model: 'tiny', not 'other'"),
        ({"layers": (1, 3)}, r"layers: \(1, 2\), not \(1, 3\)"),
        ({"token": "mean"}, "token: 'last', not 'mean'"),
        ({"view": "problem"}, "view: 'mean_candidates', not 'problem'"),
        ({"candidates": 9}, "candidates: 2, not 9"),
        ({"max_tokens": 9}, "max_tokens: 64, not 9"),
        ({"rendering": 9}, "rendering: 1, not 9"),
    ],
)
def test_states_read_in_another_way_are_refused_by_name(trained, changes, said):
    table, _ = a_table()
    with pytest.raises(ConfigError, match=said):
        trained.predict(replace(table, spec=replace(SPEC, **changes)))


def test_missing_or_unknown_features_are_refused_by_name(trained):
    table, _ = a_table()
    with pytest.raises(ConfigError, match="hidden states of tiny are missing"):
        trained.predict(table.only("cheap"))
    with pytest.raises(ConfigError, match="missing: distinct; not known to it: novelty"):
        trained.predict(replace(table, names=("novelty", *table.names[1:])))
    with pytest.raises(ConfigError, match="6 states, not 5: another model under the same name"):
        trained.predict(replace(table, states=table.states[:, :5]))


def test_a_family_the_probe_does_not_read_may_be_there():
    table, labels = a_table()
    probe = train_probe(table, labels, QUICK.model_copy(update={"families": ("cheap",)}))
    assert np.array_equal(probe.predict(table), probe.predict(table.only("cheap")))


def test_an_unknown_feature_counts_as_its_training_mean(trained):
    table, _ = a_table(seed=3)
    unknown, average = table.cheap.copy(), table.cheap.copy()
    unknown[:, 0] = np.nan
    average[:, 0] = trained.scaling.mean[6]
    assert np.allclose(trained.predict(replace(table, cheap=unknown)), trained.predict(replace(table, cheap=average)))


def test_a_feature_that_was_never_known_is_ignored():
    table, labels = a_table()
    blind = table.cheap.copy()
    blind[:, 0] = np.nan
    probe = train_probe(replace(table, cheap=blind), labels, QUICK)
    assert np.array_equal(probe.predict(table), probe.predict(replace(table, cheap=blind)))


def test_a_wild_value_of_a_new_problem_stays_a_rate(trained):
    table, _ = a_table()
    wild = table.cheap.copy()
    wild[0] = 1e30
    assert 0 < trained.predict(replace(table, cheap=wild))[0] < 1


def test_hidden_states_that_are_not_finite_and_infinite_features_are_refused():
    table, _ = a_table()
    broken = table.states.copy()
    broken[3, 2] = np.nan
    with pytest.raises(DataError, match="p/3: hidden state 2 is not finite"):
        replace(table, states=broken)
    endless = table.cheap.copy()
    endless[1, 0] = np.inf
    with pytest.raises(DataError, match="p/1: feature distinct is infinite"):
        replace(table, cheap=endless)


def test_without_a_usable_candidate_the_rate_is_the_lowest_and_the_problem_teaches_nothing():
    table, labels = a_table()
    usable = table.usable.copy()
    usable[:5] = 0
    probe = train_probe(replace(table, usable=usable), labels, QUICK)
    assert (probe.predict(replace(table, usable=usable))[:5] == LOWEST).all()
    assert probe.card.task_ids == table.task_ids[5:]
    lifted = Labels(np.where(usable > 0, labels.rates, 1.0), labels.weights)
    assert np.array_equal(probe.predict(table), train_probe(replace(table, usable=usable), lifted, QUICK).predict(table))


def test_gain_models_get_the_rate_and_finite_features(trained):
    table, _ = a_table()
    gaps = table.cheap.copy()
    gaps[:, 3] = np.nan
    features = trained.problem_features(replace(table, cheap=gaps))
    assert features.names == ("lambda", *table.names)
    assert np.allclose(features.column("lambda"), trained.predict(replace(table, cheap=gaps)))
    assert np.isfinite(features.values).all()


def test_folds_share_no_problem_and_hold_hard_and_easy_ones():
    ids = tuple(f"p/{place % 30}" for place in range(60))
    rates = np.tile(np.arange(30) / 30, 2)
    folds = folds_by_problem(ids, rates, 5, seed=1)
    assert np.array_equal(folds[:30], folds[30:])
    assert np.bincount(folds[:30]).tolist() == [6] * 5
    assert all(abs(rates[folds == fold].mean() - rates.mean()) < 0.1 for fold in range(5))


def test_too_few_problems_are_told():
    with pytest.raises(DataError, match="5 problems with a usable candidate, 3 folds need 6"):
        train(a_table(5))


def test_labels_outside_0_and_1_are_refused():
    with pytest.raises(DataError, match="rates must be in"):
        Labels(np.array([1.1]), np.array([1.0]))


@pytest.mark.slow
def test_cross_validation_ranks_the_families_by_what_they_know():
    table, _ = a_table(60)
    labels = Labels(1 / (1 + np.exp(-3 * table.cheap[:, 0])), np.full(60, 10.0))
    predictors = {predictor.name: predictor for predictor in compare(table, labels, QUICK, repeats=1)}
    assert list(predictors) == ["constant", "states", "cheap", "states+cheap", "perfect"]
    losses = {name: predictor.scores.log_loss for name, predictor in predictors.items()}
    assert losses["perfect"] < losses["cheap"] < losses["constant"]
    assert losses["cheap"] < losses["states"]
    assert predictors["cheap"].gain.low > 0
    assert predictors["constant"].gain.mean == 0


@pytest.mark.slow
def test_further_rows_teach_but_not_about_the_problems_held_out():
    table, labels = a_table(40)
    few = table.rows(np.arange(12)), labels.rows(np.arange(12))
    others = table.rows(np.arange(12, 40)), labels.rows(np.arange(12, 40))
    alone, helped = (
        next(predictor for predictor in compare(*few, SOME, repeats=1, also=also) if predictor.name == "states+cheap")
        for also in (None, others)
    )
    assert helped.scores.log_loss < alone.scores.log_loss
    rates = few[1].rates.copy()
    rates[3] = 1 - rates[3]
    told, lied = (
        next(
            predictor.predicted[0]
            for predictor in compare(*few, SHORT, repeats=1, also=(few[0], labels))
            if predictor.name == "states+cheap"
        )
        for labels in (few[1], Labels(rates, few[1].weights))
    )
    assert told[3] == lied[3]
    assert not np.array_equal(told, lied)
    with pytest.raises(DataError, match="hold other features"):
        table.plus(table.only("cheap"))


@pytest.mark.slow
def test_held_out_predictions_are_one_a_problem_and_come_from_all_families():
    table, labels = a_table(20)
    twice = table.rows(np.array([*range(20), 0]))
    predictors = compare(twice, Labels(np.append(labels.rates, 0.0), np.full(21, 10.0)), SHORT, repeats=2)
    rates = held_out(predictors, twice, SHORT)
    (both,) = [predictor.predicted.mean(axis=0) for predictor in predictors if predictor.name == "states+cheap"]
    assert list(rates) == sorted(table.task_ids)
    assert rates["p/0"] == pytest.approx((both[0] + both[20]) / 2)
    assert rates["p/7"] == pytest.approx(both[7])
    with pytest.raises(DataError, match="too few to cross-validate"):
        held_out(predictors[:1], twice, SHORT)


def test_a_probe_is_scored_beside_the_constant_of_its_training(trained):
    table, labels = a_table(15, seed=7)
    constant, ours = applied(trained, table, labels)
    assert (constant.predicted == trained.card.rate).all()
    assert ours.scores.log_loss < constant.scores.log_loss


@pytest.mark.parametrize("broken", ["probe.json", "probe.safetensors"])
def test_a_probe_with_a_file_missing_or_broken_is_refused(trained, tmp_path, broken):
    save_probe(trained, tmp_path)
    (tmp_path / broken).write_bytes(b"nonsense")
    with pytest.raises(DataError, match="no whole probe"):
        load_probe(tmp_path)
    (tmp_path / broken).unlink()
    with pytest.raises(DataError, match=f"{broken}: no such file"):
        load_probe(tmp_path)


def test_files_of_two_probes_are_not_taken_for_one(trained, tmp_path):
    save_probe(trained, tmp_path / "one")
    save_probe(train(a_table(width=7)), tmp_path / "two")
    (tmp_path / "two/probe.json").replace(tmp_path / "one/probe.json")
    with pytest.raises(DataError, match="not of one probe"):
        load_probe(tmp_path / "one")


def test_a_probe_of_another_layout_is_refused(trained, tmp_path):
    save_probe(trained, tmp_path)
    card = (tmp_path / "probe.json").read_text().replace('"format": 1', '"format": 99')
    (tmp_path / "probe.json").write_text(card)
    with pytest.raises(DataError, match="layout 99"):
        load_probe(tmp_path)


def test_settings_are_read_from_text_and_mistakes_are_named():
    assert parse_settings(["families=cheap", "width=3"]) == ProbeSettings(families=("cheap",), width=3)
    with pytest.raises(ConfigError, match=r"width: .*; depth: .*; known: .*weight_decay"):
        parse_settings(["width=0", "depth=2"])
    with pytest.raises(ConfigError, match="--set width: write it as key=value"):
        parse_settings(["width"])
