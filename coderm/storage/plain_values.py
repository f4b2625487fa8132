"""Dataclasses that hold NumPy arrays as the plain values of JSON and back: an array is a nested list."""

from typing import Any, TypeVar, get_args

import msgspec
import numpy as np

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return dataclasses as dicts and arrays as lists, at any depth."""
    return msgspec.to_builtins(value, enc_hook=np.ndarray.tolist)


def from_plain(value: Any, kind: type[T]) -> T:
    """Return the dataclass that `to_plain` wrote; other keys are ignored. Raises ValueError naming what does not fit."""
    return msgspec.convert(value, kind, dec_hook=_array)


def _array(kind: Any, value: Any) -> Any:
    (dtype,) = get_args(get_args(kind)[1])
    return np.array(value, dtype)
