import io

import numpy as np
import pytest
from rich.console import Console

from coderm.config.schema import SelectionConfig
from coderm.selection.factory import make_rules
from coderm.study.simulation.published import POLICY, PUBLISHED, WRITERS
from coderm.study.simulation.show import show_trial, write_trial
from coderm.study.simulation.trial import model_figures, quality, run_trial
from coderm.study.simulation.world import Policy, Writer, simulate

PERFECT = Writer(1e6, 1e-6, 1e-6, 1e6, 0.0, 0.0)
"""Every test is valid and overlooks nothing."""


def trial_of(problems, writer="coderm-8b", policy=POLICY, size=40):
    rules = make_rules(SelectionConfig())
    return run_trial(simulate(policy, WRITERS.get(writer, PERFECT), problems, size, size, 3), rules, "robust")


def test_the_same_seed_gives_the_same_problems():
    first, second = (list(simulate(POLICY, WRITERS["coderm-8b"], 5, 20, 10, 7)) for _ in range(2))
    assert all((a.passed == b.passed).all() and (a.correct == b.correct).all() for a, b in zip(first, second, strict=True))


def test_right_candidates_behave_alike_and_wrong_ones_in_groups():
    for problem in simulate(Policy(2, 2, 2), WRITERS["coderm-8b"], 20, 60, 40, 1):
        right, wrong = problem.passed[problem.correct], problem.passed[~problem.correct]
        assert len(np.unique(right, axis=0)) <= 1
        assert len(np.unique(wrong, axis=0)) < len(wrong)


def test_perfect_tests_leave_only_problems_without_a_right_candidate():
    trial = trial_of(150, "perfect")
    solvable = trial.rates > 0
    assert (trial.scores["coderm"][solvable] == 1).all()
    assert (trial.scores["robust"][solvable] == 1).all()


@pytest.mark.slow
@pytest.mark.parametrize("writer", sorted(WRITERS))
def test_one_simulated_test_is_about_as_good_as_published(writer):
    trial = trial_of(500, writer)
    assert np.allclose(quality(trial.one)[:2], PUBLISHED[writer].one_test[:2], atol=6)
    assert 100 * trial.rates.mean() == pytest.approx(53.58, abs=5)


def test_the_robust_rule_is_not_below_the_majority_vote_with_the_published_quality():
    problems = simulate(POLICY, WRITERS["coderm-8b"], 400, 100, 100, 11)
    rules = make_rules(SelectionConfig())
    trial = run_trial(problems, {name: rules[name] for name in ("coderm", "robust")}, "robust")
    gain = trial.scores["robust"] - trial.scores["coderm"]
    assert gain.mean() > -2 * gain.std() / np.sqrt(gain.size)


def test_more_tests_help_and_the_own_curve_is_never_behind_equal():
    trial = trial_of(300)
    figures = model_figures(trial, (1, 4, 16), 0)
    assert figures["equal"][0] < figures["equal"][-1]
    assert all(own >= even for own, even in zip(figures["gold (own draw)"], figures["equal"], strict=True))


def test_a_trial_is_shown_beside_what_was_published(tmp_path):
    out = io.StringIO()
    figures = show_trial(trial_of(40, size=12), PUBLISHED["coderm-8b"], 0, Console(file=out, width=150))
    assert "69.64" in out.getvalue()
    assert "published for coderm: 72.01" in out.getvalue()
    write_trial(figures, tmp_path / "new")
    assert (tmp_path / "new" / "simulation.json").read_text().startswith("{")
