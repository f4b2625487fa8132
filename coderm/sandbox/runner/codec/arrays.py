"""numpy arrays and scalars of numbers as plain data: kind, shape and bytes.

Never imports numpy; reads the copy that the process has. A dtype is named by its kind and size only, so that no text from the
other side is parsed by numpy.
"""

import math
import sys
from typing import Any

from ..transport.json_text import NotSerializable

NUMBERS = frozenset("biufc")
"""Kinds that travel as bytes."""
SIZES = frozenset({1, 2, 4, 8, 16, 32})
MAX_DIMENSIONS = 32


def write(value: Any) -> list[Any] | None:
    """Return the node of an array or a scalar of numpy; None for anything else. NotSerializable unless it is of numbers."""
    numpy = sys.modules.get("numpy")
    kinds = (getattr(numpy, "ndarray", ()), getattr(numpy, "generic", ())) if numpy else ()
    if not kinds or not issubclass(type(value), kinds):
        return None
    array = numpy.asarray(value)  # type: ignore[union-attr]
    dtype, shape = array.dtype, (list(array.shape) if isinstance(value, kinds[0]) else None)
    if dtype.kind not in NUMBERS:
        raise NotSerializable(f"an array of {dtype} cannot cross")
    return ["a", dtype.kind, dtype.itemsize, shape, _bytes(array, dtype)]


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
