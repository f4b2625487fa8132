import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderm.budget.allocation.gains import GeometricGains, TableGains
from coderm.budget.allocation.greedy import allocate
from coderm.errors import ConfigError, DataError

LAMBDAS = np.array([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99, 1])


def heap_greedy(key, budget, floor, cap, cost):
    """Unit by unit: the largest key, then the earlier unit, then the earlier problem; what no longer fits is passed over."""
    units, rest = list(floor), budget - sum(map(lambda n, c: n * c, floor, cost))
    heap = [(-key(i, u + 1), u + 1, i) for i, u in enumerate(units) if u < cap[i]]
    heapq.heapify(heap)
    while heap:
        _, u, i = heapq.heappop(heap)
        if cost[i] > rest:
            continue
        units[i], rest = u, rest - cost[i]
        if u < cap[i]:
            heapq.heappush(heap, (-key(i, u + 1), u + 1, i))
    return units


def bounds(draw, problems, most):
    cap = draw(st.lists(st.integers(0, most), min_size=problems, max_size=problems))
    floor = [draw(st.integers(0, limit)) for limit in cap]
    cost = draw(st.one_of(st.none(), st.lists(st.integers(1, 5), min_size=problems, max_size=problems)))
    needed = sum(n * c for n, c in zip(floor, cost or [1] * problems, strict=True))
    return needed + draw(st.integers(0, 40)), floor, cap, cost


@st.composite
def tables(draw):
    problems, width = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    values = st.one_of(st.sampled_from([0.0, 0.25, 0.5, -1.0]), st.floats(-1, 1))
    row = st.lists(values, min_size=width, max_size=width).map(lambda row: sorted(row, reverse=True))
    gains = np.array(draw(st.lists(row, min_size=problems, max_size=problems)), np.float64).reshape(problems, width)
    return gains, *bounds(draw, problems, width)


@st.composite
def geometric(draw):
    rate = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0, 1e-18, 1 - 2**-53]), st.floats(0, 1))
    rates = np.array(draw(st.lists(rate, max_size=6)), np.float64)
    return rates, *bounds(draw, len(rates), 30)


@given(tables())
def is_a_heap_greedy(instance):
    gains, budget, floor, cap, cost = instance
    units = allocate(gains, budget, floor, cap, cost)
    price = cost or [1] * len(cap)
    assert units.tolist() == heap_greedy(lambda i, u: gains[i, u - 1] / price[i], budget, floor, cap, price)
    if cost is None:
        assert units.sum() == min(budget, sum(cap))


@pytest.mark.slow
def test_the_allocation_equals_a_heap_greedy_unit_by_unit():
    settings(max_examples=600)(is_a_heap_greedy)()


@pytest.mark.long
def test_the_allocation_equals_a_heap_greedy_on_ten_thousand_instances():
    settings(max_examples=10_000)(is_a_heap_greedy)()


@settings(max_examples=400)
@given(geometric())
@pytest.mark.slow
def test_gains_in_closed_form_are_spent_as_if_they_were_a_table(instance):
    rates, budget, floor, cap, cost = instance
    gains, price = GeometricGains.of(rates), cost or [1] * len(cap)
    units = allocate(gains, budget, floor, cap, cost)
    shown = gains if cost is None else gains.per_cost(np.array(price, np.float64))
    keys = np.array([shown.key(np.full(len(rates), u)) for u in range(1, 31)])
    assert units.tolist() == heap_greedy(lambda i, u: keys[u - 1, i], budget, floor, cap, price)


@given(tables(), st.integers(1, 4))
def test_problems_that_share_a_row_are_spent_as_if_each_had_its_own(instance, times):
    gains, budget, floor, cap, cost = instance
    index = np.repeat(np.arange(len(gains)), times)
    low, high = (np.repeat(np.array(values, np.int64), times) for values in (floor, cap))
    costs = None if cost is None else np.repeat(cost, times)
    shared = TableGains.of(gains, index)
    units = [allocate(given, budget * times, low, high, costs).tolist() for given in (shared, gains[index])]
    assert units[0] == units[1]


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
    assert allocate(GeometricGains.of(LAMBDAS), average * 12, cap=100).tolist() == expected


def test_equal_gains_go_round_the_problems():
    assert allocate(np.ones((3, 9)), 8).tolist() == [3, 3, 2]
    assert allocate(np.ones((3, 9)), 8, floor=[0, 5, 0]).tolist() == [2, 5, 1]


def test_units_that_gain_nothing_are_still_spent():
    assert allocate(np.zeros((2, 4)), 3).tolist() == [2, 1]


def test_the_cap_leaves_budget_over():
    assert allocate(np.ones((2, 4)), 100, cap=3).tolist() == [3, 3]


def test_gains_that_go_on_for_ever_spread_what_is_left():
    endless = TableGains.of(np.array([[0.5, 0.0], [0.1, 0.0]]), endless=True)
    assert allocate(endless, 11).tolist() == [6, 5]
    assert allocate(GeometricGains.of(np.array([0.0, 1.0])), 7).tolist() == [4, 3]


def test_cheap_tests_are_preferred_to_dear_ones_of_equal_gain():
    assert allocate(np.ones((2, 9)), 12, cost=[4, 1]).tolist() == [0, 9]
    assert allocate(np.ones((2, 2)), 12, cost=[4.5, 1.5]).tolist() == [2, 2]


def test_what_the_dearest_test_leaves_over_buys_cheaper_ones():
    assert allocate(np.array([[9.0, 9.0], [0.1, 0.1]]), 10, cost=[7, 2]).tolist() == [1, 1]


def test_huge_instances_cost_no_memory_per_unit():
    rates = np.linspace(0, 1, 1000)
    assert allocate(GeometricGains.of(rates), 10**12).sum() == 10**12


@pytest.mark.parametrize("cost", [0, -1, float("nan"), [1, 0, 1]])
def test_a_cost_that_is_not_positive_is_refused(cost):
    with pytest.raises(ConfigError, match="cost of a test"):
        allocate(np.ones((3, 4)), 5, cost=cost)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_pass_rate_outside_its_range_is_refused(rate):
    with pytest.raises(DataError, match="problem 1"):
        GeometricGains.of(np.array([0.5, rate]))


def test_negative_gains_cannot_go_on_as_zero():
    with pytest.raises(DataError, match="negative"):
        TableGains.of(np.array([[-1.0]]), endless=True)


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
