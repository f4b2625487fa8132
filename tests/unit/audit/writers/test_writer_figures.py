"""Figures of writers by hand on small matrices, and pooled over problems."""

import math
from collections import Counter

import numpy as np
import pytest
from rewards.groups import LETTERS

from coderm.audit.writers.comparison import Comparison
from coderm.audit.writers.figures import ALL_FIGURES, cases, problem_figures
from coderm.audit.writers.judging import Contest, JudgedTests, Truth
from coderm.audit.writers.show import GROUPS
from coderm.audit.writers.written import Written
from coderm.selection.majority import Majority

TEST = "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self): pass\n"


def matrix(*rows, width=0):
    return np.array([[LETTERS[letter] for letter in row] for row in rows], np.int8).reshape(len(rows), -1 if rows else width)


def judged(rows, reference="", mutants=(), asked=4, tokens=None):
    width = len(rows[0])
    written = Written((TEST,) * width, asked, tokens, Counter(no_code=asked - width))
    references = matrix(reference) if reference else matrix(width=width)
    return JudgedTests(written, matrix(*rows), references, matrix(*mutants, width=width), np.full(width, 0.5))


TRUTH = Truth(np.array([1, 1, 1, 1], bool), np.array([1, 1, 0, 0], bool), np.array([1.0, 1.0, 0.5, 0.0]))
ONE = judged(("++-", "+--", "-++", "---"), "++-", ("-++", "--+"), tokens=300)


def figures(one=ONE, truth=TRUTH):
    return {name: part / whole if whole else None for name, (part, whole) in problem_figures(one, truth, Majority()).items()}


def test_what_needs_no_label():
    found = figures()
    expected = {
        "usable": 3 / 4,
        "valid": 2 / 3,
        "tests_per_problem": 3,
        "cases_per_test": 2,
        "mutants_killed": 1,
        "killed_per_case": 3 / 6,
        "newly_killed_per_case": 2 / 6,
        "redundant": 2 / 3,
        "useful": 1 / 4,
        "tokens_per_useful_test": 300,
        "cpu_s_per_useful_test": 1.5,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_what_labels_say():
    found = figures()
    assert found["one_test.accuracy"] == pytest.approx(7 / 12)  # 3 passes of right ones, 4 failures of wrong ones
    assert found["one_test.paper_far_false_discovery_rate"] == pytest.approx(2 / 5)
    assert found["one_test.false_positive_rate"] == pytest.approx(2 / 6)
    assert found["all_tests.accuracy"] == pytest.approx(2 / 4)  # the first and the third pass two tests each
    assert found["discrimination"] == pytest.approx((1 + 0 - 0.5) / 3)
    assert found["pass_at_1"] == 0.5
    assert found["best_of_n"] == 0.5
    assert found["best_of_n_gain"] == 0
    assert found["fidelity"] == pytest.approx(0.5)


def test_without_checks_or_tests_or_reference_nothing_is_made_up():
    assert {name for name, value in figures(truth=None).items() if value is None} == {
        name for name in ALL_FIGURES if "." in name
    } | {"discrimination", "fidelity", "pass_at_1", "best_of_n", "best_of_n_gain"}
    bare = figures(judged(("+", "-", "+", "-"), asked=1))
    assert [bare[name] for name in ("valid", "mutants_killed", "killed_per_case", "tokens_per_useful_test")] == [None] * 4
    nothing = JudgedTests(Written((), 2, 10), matrix(*[""] * 4), matrix(""), matrix(), np.zeros(0))
    silent = figures(nothing)
    assert (silent["usable"], silent["best_of_n_gain"], silent["fidelity"], silent["tokens_per_useful_test"]) == (0, 0, None, None)


def test_a_candidate_without_label_is_left_out():
    doubtful = Truth(np.array([1, 0, 1, 1], bool), TRUTH.correct, np.array([1.0, math.nan, 0.5, 0.0]))
    assert figures(truth=doubtful)["pass_at_1"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(("text", "count"), [(TEST, 2), ("no Python (", 1), ('{"input": "1", "output": "2"}', 1)])
def test_cases_are_test_methods(text, count):
    assert cases(text) == count


def test_writers_are_pooled_over_problems_and_compared_in_pairs():
    comparison = Comparison(("weak", "strong"), Majority())
    strong = judged(("++", "++", "--", "--"), "++", ("--",), asked=2)
    for number in range(3):
        comparison.add(Contest(f"p/{number}", TRUTH, {"weak": ONE, "strong": strong}))
    summary = comparison.summary(seed=0)
    assert summary["writers"]["weak"]["usable"] == {"mean": 0.75, "low": 0.75, "high": 0.75}
    assert summary["differences"]["strong"]["best_of_n_gain"] == {"mean": 0.5, "low": 0.5, "high": 0.5}
    assert summary["writers"]["strong"]["one_test.accuracy"]["mean"] == 1
    assert summary["rejected"]["weak"] == {"no_code": 3}
    assert [row["task_id"] for row in summary["per_problem"]] == ["p/0", "p/1", "p/2"]


def test_every_figure_is_shown_once():
    shown = [name for names in GROUPS.values() for name in names]
    assert sorted(shown) == sorted(ALL_FIGURES)
