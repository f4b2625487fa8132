"""Namedtuples, which cross by their shape: a name and the names of the fields."""

import collections
from typing import Any

from ..transport.json_text import Malformed
from .structure import held, mro


def fields_of(kind: type) -> "tuple[str, ...] | None":
    """Return the names of the fields if a class looks like a namedtuple, else None."""
    fields = held(kind).get("_fields")
    if type(fields) is tuple and fields and all(type(name) is str for name in fields):
        return fields
    return None


def is_shape(kind: type) -> bool:
    """Whether a class is a namedtuple with nothing of its own, so that its shape says all."""
    own = {name for name in held(kind) if not name.startswith("__")} - {
        "_fields",
        "_field_defaults",
        "_make",
        "_replace",
        "_asdict",
    }
    return mro(kind) == (kind, tuple, object) and fields_of(kind) is not None and own == set(fields_of(kind) or ())


_NAMED: dict[tuple[str, ...], Any] = {}


def namedtuple(name: Any, fields: Any) -> Any:
    """Return the namedtuple of a shape, always the same one. Raises Malformed, ValueError."""
    if type(name) is not str or type(fields) is not list or set(map(type, fields)) > {str}:
        raise Malformed("no field names")
    key = (name, *fields)
    if key not in _NAMED:
        if len(_NAMED) > 1000:
            _NAMED.clear()
        _NAMED[key] = collections.namedtuple(name, fields)
    return _NAMED[key]
