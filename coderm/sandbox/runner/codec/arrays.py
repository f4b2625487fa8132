"""numpy arrays and scalars as plain data: kind, shape and bytes for numbers, lists for texts and objects.

Never imports numpy; reads the copy that the process has. A dtype is named by its kind and size only, so that no text from the
other side is parsed by numpy.
"""

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any

NUMBERS = frozenset("biufc")
"""Kinds that travel as bytes."""
TEXTS = {"U": "U", "S": "S", "O": "O"}
SIZES = frozenset({1, 2, 4, 8, 16, 32})
MAX_DIMENSIONS = 32


def write(value: Any, items: Callable[[Iterable[Any]], list[Any]]) -> list[Any] | None:
    """Return the node of an array or a scalar of numpy; None for anything else."""
    numpy = sys.modules.get("numpy")
    kinds = (getattr(numpy, "ndarray", ()), getattr(numpy, "generic", ())) if numpy else ()
    if not kinds or not issubclass(type(value), kinds):
        return None
    array = numpy.asarray(value)  # type: ignore[union-attr]
    dtype, shape = array.dtype, (list(array.shape) if isinstance(value, kinds[0]) else None)
    if dtype.kind in NUMBERS:
        return ["a", dtype.kind, dtype.itemsize, shape, _bytes(array, dtype)]
    if dtype.kind in TEXTS:
        return ["ao", items(array.ravel().tolist()), dtype.kind, shape]
    return None


def _bytes(array: Any, dtype: Any) -> str:
    return bytes(array.astype(dtype.newbyteorder("="), copy=False).tobytes()).decode("latin-1")


def read(node: list[Any]) -> Any:
    """Build an array or a scalar from its bytes. Raises ValueError, TypeError or LookupError on anything else."""
    numpy = sys.modules["numpy"]
    _, kind, size, shape, data = node
    raw = data.encode("latin-1")
    if size not in SIZES or kind not in NUMBERS:
        raise ValueError("no such kind of number")
    name = "u1" if kind == "b" else f"={kind}{size}"
    array = numpy.frombuffer(raw, numpy.dtype(name)).reshape(_shape(shape)).copy()
    if kind == "b":
        array = numpy.asarray(array != 0)
    return array if shape is not None else array[()]


def from_items(node: list[Any], items: list[Any]) -> Any:
    """Build an array of texts or objects from its items."""
    numpy = sys.modules["numpy"]
    _, _, kind, shape = node
    array = numpy.empty(len(items), dtype=object)
    array[:] = items
    array = array.reshape(_shape(shape))
    if TEXTS[kind] != "O":
        wanted = {"U": str, "S": bytes}[kind]
        if not all(type(item) is wanted for item in items):
            raise TypeError("a text array of something else")
        array = array.astype(kind)
    return array if shape is not None else array[()]


def change(value: Any, fresh: Any) -> None:
    """Give an array the content and the shape of another of the same size."""
    if type(value) is not type(fresh) or value.size != fresh.size or value.dtype.kind != fresh.dtype.kind:
        raise ValueError("an array of another size")
    if value.shape != fresh.shape:
        value.shape = fresh.shape
    value[...] = fresh


def _shape(shape: Any) -> tuple[int, ...]:
    if shape is None:
        return ()
    if type(shape) is not list or len(shape) > MAX_DIMENSIONS or any(type(size) is not int or size < 0 for size in shape):
        raise ValueError("no shape")
    if math.prod(size for size in shape if size) > 1 << 40:
        raise ValueError("too large a shape")
    return tuple(shape)
