"""Parity of values: what functions return, as LiveCodeBench, APPS, verl and EvalPlus judge it."""

import pytest

from coderm.comparing.parity import apps, evalplus, livecodebench, verl
from coderm.comparing.parity.evalplus import Task


@pytest.mark.parametrize(
    ("expected", "got", "right"),
    [
        ([1, 2], (1, 2), "livecodebench apps verl"),
        ([[1, 2]], [(1, 2)], ""),
        ([[[1, 2]]], [(1, 2)], "apps verl"),
        ([1, 2, 3], 1, "apps verl"),
        (["a"], "a", "apps verl"),
        ([], 0, ""),
        (1, True, "livecodebench apps verl"),
        ({"1": 2}, {1: 2}, "apps verl"),
        ({"1": 2}, {"1": 2}, "livecodebench"),
        ({"a": 2}, {"a": 2}, "livecodebench apps verl"),
    ],
)
def test_results_of_functions(expected: object, got: object, right: str):
    rules = {"livecodebench": livecodebench.same_value, "apps": apps.same_value, "verl": verl.same_value}
    assert [name for name, same in rules.items() if same(expected, got)] == right.split()


@pytest.mark.parametrize(
    ("expected", "got", "right"), [("a!", "a!", True), ('"a!"', "a!", False), ("[1, 1]", [1, 1], True), ("[1,1]", [1, 1], False)]
)
def test_verls_sandbox_compares_printed_results(expected: str, got: object, right: bool):
    assert verl.sandbox_same_value(expected, got) == right


def judge(task: Task, expected: list[object], got: list[object], inputs: list[list[object]] | None = None) -> list[bool]:
    return evalplus.verdicts(task, inputs or [[]] * len(expected), expected, got)


def test_evalplus_keeps_the_tolerance_of_the_first_float_for_later_tests():
    task = Task("humaneval", "other")
    assert judge(task, [10**9, 1.0, 10**9], [10**9 + 1, 1.0 + 1e-9, 10**9 + 1]) == [False, True, True]
    assert judge(task, [10**9], [10**9 + 1]) == [False]


def test_evalplus_asks_for_one_type_where_it_is_tolerant():
    assert judge(Task("humaneval", "other", 1e-6), [1.0, [1.0, 2.0], "a"], [1, (1.0, 2.0), "b"]) == [True, False, False]


def test_evalplus_oracles():
    assert judge(Task("mbpp", "are_equivalent"), [1], ["nonsense"]) == [True]
    assert judge(Task("mbpp", "sum_div"), [5, 5], [0, 4]) == [True, False]
    assert judge(Task("mbpp", "similar_elements"), [(1, 2)], [[2, 1, 1]]) == [True]
    assert judge(Task("mbpp", "check_str"), [True, True], ["match", None]) == [True, False]
    assert judge(Task("mbpp", "digit_distance_nums"), [0], [3], [[12, 24]]) == [True]
    assert judge(Task("mbpp", "surface_Area"), [0], [33], [[3, 4]]) == [False]
    assert judge(Task("mbpp", "surface_Area"), [0], [35], [[3, 4]]) == [True]


def test_evalplus_of_pypi_passes_no_root_finder():
    old, new = Task("humaneval", "find_zero", 1e-4), Task("humaneval", "find_zero", 1e-4, "main")
    each = judge(old, [None], [-0.5], [[[1, 2]]])
    assert each == [True]
    assert (evalplus.passes(old, each), evalplus.passes(new, each)) == (False, True)


def test_evalplus_limits_by_release():
    assert evalplus.limit_s(Task("mbpp", "f"), 0.1) == 1.0
    assert evalplus.limit_s(Task("mbpp", "f", release="main"), 0.1) == 4.0
    assert evalplus.limit_s(Task("mbpp", "f"), 2.0) == 8.0


def test_evalplus_takes_a_comparison_that_raises_for_wrong():
    assert judge(Task("mbpp", "similar_elements"), [(1, 2)], [None]) == [False]
