"""Plain data survives the way between two processes exactly; anything else is refused, and no bytes do harm."""

import collections
import contextlib
import datetime
import decimal
import fractions
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.sandbox.runner.codec.nodes import ObjectCodec
from coderm.sandbox.runner.codec.reader import Reader
from coderm.sandbox.runner.codec.writer import Writer
from coderm.sandbox.runner.transport.json_text import Malformed, NotSerializable, dumps, loads

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(1 << 3000), max_value=1 << 3000)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.timedeltas()
)
HASHABLE = st.recursive(SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(HASHABLE, inner, max_size=3)
        | st.sets(HASHABLE, max_size=3)
        | st.lists(inner, max_size=3).map(collections.deque)
        | st.dictionaries(HASHABLE, inner, max_size=3).map(collections.OrderedDict)
        | st.lists(HASHABLE, max_size=3).map(collections.Counter)
    ),
    max_leaves=12,
)


def there(value):
    writer = Writer(ObjectCodec())
    written = writer.value(value)
    written, nodes = loads(dumps([written, writer.nodes]))
    return Reader(nodes, ObjectCodec()).value(written)


def kinds(value):
    if isinstance(value, dict):
        return [type(value), [(kinds(key), kinds(item)) for key, item in value.items()]]
    if isinstance(value, (list, tuple, collections.deque)):
        return [type(value), [kinds(item) for item in value]]
    return type(value)


@given(VALUES)
def test_data_comes_back_equal_and_of_the_same_types(value):
    back = there(value)
    assert back == value
    assert kinds(back) == kinds(value)
    if isinstance(value, dict):
        assert list(back) == list(value)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6).reshape(2, 3),
        np.array([], dtype=np.float32),
        np.array(7),
        np.array([[True, False]]),
        np.array([1 + 2j]),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10)[::3],
        np.float64(0.5),
        np.int8(-3),
        np.bool_(True),
    ],
    ids=str,
)
def test_arrays_come_back_with_type_and_shape(value):
    back = there(value)
    assert type(back) is type(value)
    assert back.dtype == value.dtype
    assert back.shape == value.shape
    np.testing.assert_array_equal(back, value)


def test_odd_scalars_come_back():
    assert math.isnan(there(float("nan")))
    assert math.copysign(1, there(-0.0)) == -1
    assert there([float("inf"), -float("inf")]) == [float("inf"), -float("inf")]
    assert there("\ud83d\udc00") == "\ud83d\udc00"
    assert there(10**6000) == 10**6000
    assert there([...]) == [...]
    assert there(range(0, 10**30, 3)) == range(0, 10**30, 3)
    assert there(decimal.Decimal("sNaN")).is_snan()
    assert there(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)).tzinfo is datetime.UTC
    assert there(fractions.Fraction(1, 3)) == fractions.Fraction(1, 3)


def test_aliases_and_cycles_survive():
    three = there([[]] * 3)
    assert three[0] is three[1] is three[2]
    loop: list[object] = [1]
    loop.append(loop)
    back = there(loop)
    assert back[1] is back
    pair = ([],)
    pair[0].append(pair)
    back = there(pair)
    assert back[0][0] is back
    ring = {}
    ring["me"] = ring
    assert there(ring)["me"]["me"] is not None


@pytest.mark.slow
def test_nesting_of_any_depth_crosses():
    deep = []
    for _ in range(50_000):
        deep = [deep]
    back = there(deep)
    for _ in range(50_000):
        (back,) = back
    assert back == []
    chain: tuple[object, ...] = ()
    for _ in range(50_000):
        chain = (chain,)
    assert there(chain)


class LyingList(list):
    def __iter__(self):
        raise AssertionError

    def __len__(self):
        return 99

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingInt(int):
    def __eq__(self, other):
        return True

    def __index__(self):
        return 99

    __hash__ = int.__hash__


class LyingText(str):
    def __str__(self):
        return "lie"


class LyingDict(dict):
    def items(self):
        return [("lie", 1)]


Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (LyingList([1, 2]), [1, 2]),
        (LyingInt(5), 5),
        (LyingText("truth"), "truth"),
        (LyingDict(a=1), {"a": 1}),
        (collections.defaultdict(None, a=[1]), collections.defaultdict(None, a=[1])),
    ],
)
def test_a_subclass_arrives_as_its_builtin_with_its_real_content(value, plain):
    back = there(value)
    assert type(back) is type(plain)
    assert plain == back


def test_namedtuples_arrive_by_shape():
    back = there(Point(1, [2]))
    assert back == (1, [2])
    assert back.x == 1
    assert type(back).__name__ == "Point"
    assert type(back) is type(there(Point(3, 4)))


def test_what_is_no_plain_data_is_refused():
    for value in (object(), len, lambda: 1, open, ObjectCodec):
        with pytest.raises(NotSerializable):
            there(value)


@pytest.mark.slow
def test_too_much_is_refused():
    with pytest.raises(NotSerializable):
        there("x" * (17 << 20))
    with pytest.raises(NotSerializable):
        there([[] for _ in range(500_000)])


def read(body):
    written, nodes = loads(body)
    return Reader(nodes, ObjectCodec()).value(written)


NODES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 5) | st.floats() | st.text(max_size=3) | st.sampled_from(list("ltdsfbBcriqCODnR")),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)


@given(NODES, st.lists(NODES, max_size=5))
def test_any_nodes_are_data_or_malformed(written, nodes):
    with contextlib.suppress(Malformed):
        read(dumps([written, nodes]))


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_malformed(body):
    with contextlib.suppress(Malformed):
        loads(body)


@pytest.mark.parametrize(
    "nodes",
    [
        [["t", [[0]]]],
        [["a", "f", 8, [1 << 40], ""]],
        [["a", "O", 8, [1], "12345678"]],
        [["a", "V", 8, [1], "12345678"]],
        [["n", "x y", ["a"], [1]]],
        [["n", "X", ["__class__"], [1]]],
        [["n", "X", ["a", "a"], [1, 2]]],
        [["D", "exec", []]],
        [["l", {"a": 1}]],
        [["s", [[1]]], ["l", []]],
        [["da", [10**9, 1, 1]]],
        [["d", [1]]],
        [["l", [[-1]]]],
        [["l", [[True]]]],
        [[["l"]]],
        ["list"],
        [[]],
    ],
    ids=repr,
)
def test_broken_nodes_are_malformed(nodes):
    with pytest.raises(Malformed):
        read(dumps([[0], nodes]))


@pytest.mark.parametrize(
    "array", [np.array(["a", "bcd"]), np.array([1, None], dtype=object), np.array(["2020-01-01"], dtype="M8[D]")]
)
def test_arrays_of_anything_but_numbers_do_not_cross(array):
    with pytest.raises(NotSerializable):
        Writer(ObjectCodec()).value(array)
