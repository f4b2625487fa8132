import numpy as np
import pytest

from coderm.config.schema import SelectionConfig
from coderm.errors import ConfigError, DataError
from coderm.messages.execution import Outcome
from coderm.selection.b4 import B4
from coderm.selection.base import keep_best, select, select_matrix
from coderm.selection.behaviours import classes_of
from coderm.selection.factory import RULES, make_rule, make_rules
from coderm.selection.max_pass import MaxPass
from coderm.selection.pass_matrix import PassMatrix


def matrix(rows):
    cells = np.array(rows, np.int8)
    names = tuple(f"c{i}" for i in range(cells.shape[0])), tuple(f"t{j}" for j in range(cells.shape[1]))
    return PassMatrix(cells, np.zeros(cells.shape, np.float32), np.zeros(cells.shape, np.int8), *names)


def test_the_first_kept_candidate_is_chosen_and_ties_share_the_score():
    selection = select(MaxPass(), np.array([[0, 0], [1, 0], [0, 1]], np.bool_))
    assert selection.kept.tolist() == [1, 2]
    assert selection.chosen == 1
    assert selection.fraction_correct([1, 0, 1]) == 0.5


def test_without_tests_a_problem_counts_with_its_pass_at_1():
    for rule in make_rules(SelectionConfig()).values():
        assert select(rule, np.zeros((4, 0), np.bool_)).fraction_correct([1, 0, 0, 0]) == 0.25


def test_without_candidates_nothing_is_chosen():
    for rule in make_rules(SelectionConfig()).values():
        selection = select(rule, np.zeros((0, 3), np.bool_))
        assert selection.chosen is None
        assert selection.fraction_correct([]) == 0.0


def test_labels_must_match_the_candidates():
    with pytest.raises(DataError, match="2 labels for 1 candidates"):
        select(MaxPass(), np.ones((1, 1), np.bool_)).fraction_correct([1, 0])


def test_a_lost_cell_counts_neither_for_nor_against_a_candidate():
    passed, failed, lost = Outcome.PASSED, Outcome.FAILED, Outcome.LOST
    selection = select_matrix(MaxPass(), matrix([[passed, passed, lost], [passed, passed, passed], [failed, passed, passed]]))
    assert selection.kept.tolist() == [0, 1]
    assert selection.scores.tolist() == [2, 2, 1]


def test_a_candidate_without_verdicts_is_not_kept_while_others_have_some():
    passed, failed, lost = Outcome.PASSED, Outcome.FAILED, Outcome.LOST
    selection = select_matrix(MaxPass(), matrix([[lost, lost], [passed, failed], [failed, failed]]))
    assert selection.kept.tolist() == [1]
    assert np.isnan(selection.scores[0])


def test_with_no_verdict_at_all_every_candidate_is_kept():
    assert select_matrix(MaxPass(), matrix([[Outcome.LOST], [Outcome.LOST]])).kept.tolist() == [0, 1]


def test_rounding_does_not_break_a_tie():
    assert keep_best(np.array([-3e4, -3e4 * (1 + 1e-15), -3e4 - 1])).tolist() == [0, 1]


@pytest.mark.parametrize("tests", [1, 7, 8, 9, 64, 65])
def test_classes_are_rows_with_equal_cells(tests):
    rng = np.random.default_rng(tests)
    passed = (rng.random((6, tests)) < 0.5)[rng.integers(0, 6, 40)]
    groups = classes_of(passed)
    np.testing.assert_array_equal(passed[groups.first][groups.index], passed)
    assert len(groups.first) == len({tuple(row) for row in passed.tolist()})
    np.testing.assert_array_equal(np.bincount(groups.index), groups.size)


def test_the_factory_builds_every_rule_under_its_name_and_settings():
    config = SelectionConfig(rule="b4", b4_alpha=2.0, b4_beta=5.0)
    assert make_rule(config) == B4(2.0, 5.0)
    assert {name: rule.name for name, rule in make_rules(config).items()} == {name: name for name in RULES}
    assert set(RULES) == set(SelectionConfig.model_json_schema()["properties"]["rule"]["enum"])


def test_an_unknown_rule_is_a_config_error_that_names_the_rules():
    with pytest.raises(ConfigError, match="codet"):
        make_rule(SelectionConfig(), "best")
