import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.budget.allocator import allocate
from coderm.errors import ConfigError, DataError

LAMBDAS = np.array([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99, 1])


def heap_greedy(gains, budget, floor, cap):
    units = list(floor)
    heap = [(-gains[i][u], u, i) for i, u in enumerate(units) if u < cap[i]]
    heapq.heapify(heap)
    for _ in range(budget - sum(units)):
        if not heap:
            break
        _, u, i = heapq.heappop(heap)
        units[i] = u + 1
        if u + 1 < cap[i]:
            heapq.heappush(heap, (-gains[i][u + 1], u + 1, i))
    return units


@st.composite
def instances(draw):
    problems, width = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    values = st.one_of(st.sampled_from([0.0, 0.25, 0.5, -1.0]), st.floats(-1, 1))
    row = st.lists(values, min_size=width, max_size=width).map(lambda row: sorted(row, reverse=True))
    gains = draw(st.lists(row, min_size=problems, max_size=problems))
    cap = draw(st.lists(st.integers(0, width), min_size=problems, max_size=problems))
    floor = [draw(st.integers(0, most)) for most in cap]
    return np.array(gains, np.float64).reshape(problems, width), draw(st.integers(sum(floor), 40)), floor, cap


@given(instances())
def test_the_allocation_equals_a_heap_greedy_unit_by_unit(instance):
    gains, budget, floor, cap = instance
    units = allocate(gains, budget, floor, cap)
    assert units.tolist() == heap_greedy(gains.tolist(), budget, floor, cap)
    assert units.sum() == min(budget, sum(cap))


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        (1, [0, 0, 0, 0, 0, 2, 3, 2, 2, 1, 1, 1]),
        (2, [0, 0, 0, 0, 5, 5, 5, 3, 2, 2, 1, 1]),
        (8, [0, 0, 17, 25, 19, 12, 9, 6, 4, 2, 1, 1]),
        (32, [0, 100, 100, 77, 44, 24, 17, 10, 6, 3, 2, 1]),
    ],
)
def test_the_papers_gains_give_its_published_toy_allocation(average, expected):
    gains = LAMBDAS[:, None] * (1 - LAMBDAS[:, None]) ** np.arange(100)
    assert allocate(gains, average * 12).tolist() == expected


def test_equal_gains_go_round_the_problems():
    assert allocate(np.ones((3, 9)), 8).tolist() == [3, 3, 2]
    assert allocate(np.ones((3, 9)), 8, floor=[0, 5, 0]).tolist() == [2, 5, 1]


def test_units_that_gain_nothing_are_still_spent():
    assert allocate(np.zeros((2, 4)), 3).tolist() == [2, 1]


def test_the_cap_leaves_budget_over():
    assert allocate(np.ones((2, 4)), 100, cap=3).tolist() == [3, 3]


def test_a_budget_below_the_floors_is_refused():
    with pytest.raises(ConfigError, match="below the floors"):
        allocate(np.ones((3, 4)), 5, floor=2)


def test_a_floor_above_the_cap_is_refused():
    with pytest.raises(ConfigError, match=r"budget\.cap"):
        allocate(np.ones((3, 4)), 50, floor=3, cap=2)


@pytest.mark.parametrize(("row", "word"), [([0.1, 0.2], "rise"), ([np.nan, 0.0], "finite"), ([np.inf, 0.0], "finite")])
def test_gains_that_break_the_greedy_are_refused(row, word):
    with pytest.raises(DataError, match=word):
        allocate(np.array([[1.0, 0.5], row]), 2)
