"""Namedtuples, which cross by their shape: a name and the names of the fields."""

import collections
import types
from typing import Any

from ..transport.json_text import Malformed
from .structure import held, lookup, mro

_FIELD = type(vars(collections.namedtuple("_", "field"))["field"])


def fields_of(kind: type) -> "tuple[str, ...] | None":
    """Return the names of the fields if a class looks like a namedtuple or derives from one, else None."""
    fields = lookup(kind, "_fields")
    if type(fields) is tuple and fields and all(type(name) is str for name in fields) and is_generated(lookup(kind, "_make")):
        return fields
    return None


def is_shape(kind: type) -> bool:
    """Whether a class is a namedtuple with nothing of its own, so that its shape says all."""
    if mro(kind) != (kind, tuple, object) or fields_of(kind) is None or held(kind).get("_field_defaults"):
        return False
    own = {name for name, value in held(kind).items() if not is_generated(value)} - {"_fields", "_field_defaults", "__new__"}
    return not any(name[:2] != "__" or type(held(kind)[name]) is types.FunctionType for name in own)


def is_generated(value: Any) -> bool:
    """Whether a class has something from `namedtuple` itself: a field or one of the methods that it makes."""
    code = getattr(getattr(value, "__func__", value), "__code__", None)
    return type(value) is _FIELD or (type(code) is types.CodeType and code.co_filename == collections.__file__)


_NAMED: dict[tuple[str, ...], Any] = {}


def namedtuple(name: Any, fields: Any) -> Any:
    """Return the namedtuple of a shape, always the same one. Raises Malformed, ValueError."""
    if type(name) is not str or type(fields) is not list or set(map(type, fields)) > {str}:
        raise Malformed("no field names")
    key = (name, *fields)
    if key not in _NAMED:
        if len(_NAMED) > 1000:
            _NAMED.clear()
        made = collections.namedtuple(name, fields, rename=True)  # type: ignore[misc] # names such as _1 were given by it
        if made._fields != key[1:]:
            raise Malformed("no field names")
        _NAMED[key] = made
    return _NAMED[key]
