"""The figures of one writer on one problem, each as (part, whole), so that a benchmark's is a sum divided by a sum.

A figure that cannot be known here is (0, 0) and weighs nothing.
"""

import ast

import numpy as np

from coderm.arrays import BoolArray
from coderm.audit.writers.judging import JudgedTests, Truth
from coderm.evaluation.confusion import Confusion, all_tests_confusion, one_test_confusion
from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.extract.unit_tests.cases import case_classes, is_test_method
from coderm.messages.execution import Outcome
from coderm.quality.fidelity import fidelity
from coderm.quality.kills import kills
from coderm.rewards.writers.base import WrittenTests
from coderm.rewards.writers.discrimination import Discrimination
from coderm.rewards.writers.redundancy import useless
from coderm.selection.base import Rule, select_matrix
from coderm.selection.pass_matrix import PassMatrix

Ratio = tuple[float, float]

FIGURES = {
    "usable": "distinct tests that could be run / answers",
    "valid": "usable tests that the reference passes / usable tests",
    "tests_per_problem": "usable tests / problems",
    "cases_per_test": "test methods / usable tests",
    "discrimination": "mean over tests of the pass rate of right candidates minus that of wrong ones",
    "mutants_killed": "mutants that a valid test kills / mutants",
    "killed_per_case": "mutants killed by each valid test, summed / cases",
    "newly_killed_per_case": "mutants killed, each counted once / cases",
    "redundant": "tests that kill no mutant anew (without mutants: that pass whom an earlier one passes) / tests",
    "fidelity": "mean over problems of Spearman's correlation between scores by these tests and by the checks",
    "pass_at_1": "share of candidates that are right",
    "best_of_n": "share of right ones among those chosen by these tests",
    "best_of_n_gain": "best_of_n minus pass_at_1",
    "useful": "tests that are valid and not redundant / answers",
    "tokens_per_useful_test": "tokens of all answers / useful tests",
    "cpu_s_per_useful_test": "CPU seconds that a program takes in all tests / useful tests",
}
"""Besides `one_test.*` and `all_tests.*`, the tests as classifiers of candidates."""
RATES = tuple(Confusion.nothing().ratios())
ALL_FIGURES = (*(f"{kind}.{rate}" for kind in ("one_test", "all_tests") for rate in RATES), *FIGURES)
NOTHING: Ratio = (0.0, 0.0)


def problem_figures(judged: JudgedTests, truth: Truth | None, rule: Rule) -> dict[str, Ratio]:
    """Return every figure of ALL_FIGURES. rule: chooses best-of-N."""
    found = dict.fromkeys(ALL_FIGURES, NOTHING) | _of_tests(judged)
    return found | _against_truth(judged, truth, rule) if truth is not None and truth.labelled.any() else found


def cases(test: str) -> int:
    """Return the test methods of a module; at least one, since what runs has one."""
    tree = parse(test)
    if isinstance(tree, BadSyntax):
        return 1
    methods = (node for owner in case_classes(tree) for node in owner.body if isinstance(node, ast.stmt) and is_test_method(node))
    return max(1, sum(1 for _ in methods))


def _of_tests(judged: JudgedTests) -> dict[str, Ratio]:
    """Return the figures that need no label."""
    written, count = judged.written, judged.candidates.shape[1]
    reference = judged.reference[0] if len(judged.reference) else None
    tests = WrittenTests(judged.candidates, reference, None, judged.mutants if len(judged.mutants) else None)
    killed, held = kills(tests), sum(map(cases, written.tests))
    idle = useless(tests)
    known = [one is not None for one in idle]
    valid = np.ones(count, np.bool_) if reference is None else reference == Outcome.PASSED
    useful = float(sum(bool(valid[place]) and one is False for place, one in enumerate(idle)))
    return {
        "usable": (count, written.asked),
        "valid": NOTHING if reference is None else (float(valid.sum()), count),
        "tests_per_problem": (count, 1),
        "cases_per_test": (held, count),
        "mutants_killed": (killed.by_all, killed.mutants),
        "killed_per_case": (float(killed.by_test.sum()), held) if killed.mutants else NOTHING,
        "newly_killed_per_case": (killed.by_all, held) if killed.mutants else NOTHING,
        "redundant": (float(sum(one is True for one in idle)), float(sum(known))),
        "useful": (useful, written.asked),
        "tokens_per_useful_test": NOTHING if written.tokens is None else (written.tokens, useful),
        "cpu_s_per_useful_test": (float(judged.cpu_s.sum()), useful),
    }


def _against_truth(judged: JudgedTests, truth: Truth, rule: Rule) -> dict[str, Ratio]:
    """Return the figures over the candidates with a label."""
    rows, correct = np.flatnonzero(truth.labelled), truth.correct[truth.labelled]
    outcomes = judged.candidates[rows]
    matrix = _matrix(outcomes)
    parted = Discrimination()(WrittenTests(outcomes, None, correct))
    told = [value for value in parted if value is not None]
    score = select_matrix(rule, matrix).fraction_correct(correct)
    rho = _fidelity(matrix, truth.scores[rows])
    classified = {"one_test": one_test_confusion([(matrix, correct)]), "all_tests": all_tests_confusion([(matrix, correct)])}
    rates = {f"{kind}.{name}": _floats(*pair) for kind, one in classified.items() for name, pair in one.ratios().items()}
    return rates | {
        "discrimination": (sum(told), len(told)),
        "fidelity": NOTHING if np.isnan(rho) else (rho, 1),
        "pass_at_1": (float(correct.mean()), 1),
        "best_of_n": (score, 1),
        "best_of_n_gain": (score - float(correct.mean()), 1),
    }


def _floats(part: np.ndarray, whole: np.ndarray) -> Ratio:
    return float(part), float(whole)


def _fidelity(matrix: PassMatrix, true: np.ndarray) -> float:
    """Over the candidates that can be compared and have a true score; NaN where there is no order."""
    judged, rows = matrix.without_lost()
    passed: BoolArray = judged.passed
    fair = np.isfinite(true[rows])
    return fidelity(passed.sum(axis=1)[fair], true[rows][fair])


def _matrix(outcomes: np.ndarray) -> PassMatrix:
    names = (tuple(map(str, range(size))) for size in outcomes.shape)
    return PassMatrix(outcomes, np.zeros(outcomes.shape, np.float32), np.zeros(outcomes.shape, np.int8), *names)
