"""The content of an object whose class derives from a builtin: read and set by the builtin's own methods, past its class."""

import collections
import datetime
import decimal
import fractions
from collections.abc import Callable
from typing import Any

from .structure import mro, name_of

_DICTS = (dict, collections.Counter, collections.OrderedDict, collections.defaultdict)
CONTENT: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(list, tuple, int, float, str, set, frozenset, bytes, bytearray, complex, decimal.Decimal, fractions.Fraction),
        *(collections.deque, *_DICTS, datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
    )
}
"""Classes whose data crosses with objects of their subclasses."""
_COPIES: dict[type, Callable[[Any], Any]] = {
    list: list.copy,
    bytearray: bytearray.copy,
    set: lambda value: set().union(value),
    collections.deque: lambda value: collections.deque(collections.deque.__iter__(value), collections.deque.maxlen.__get__(value)),
    collections.OrderedDict: lambda value: collections.OrderedDict(collections.OrderedDict.items(value)),
    collections.Counter: lambda value: collections.Counter(dict(dict.items(value))),
    collections.defaultdict: lambda value: dict(dict.items(value)),
    dict: lambda value: dict(dict.items(value)),
}
MUTABLE = frozenset(_COPIES)


def content_of(kind: type) -> type | None:
    """Return the builtin that holds the data of a class; None when none does."""
    return next((base for base in mro(kind) if CONTENT.get(name_of(base)) is base), None)


def copy_of(base: type, value: Any) -> Any:
    """Return the mutable content of an object, as an object of the builtin."""
    return _COPIES[base](value)
