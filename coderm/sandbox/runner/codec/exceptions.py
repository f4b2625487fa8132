"""Data of an exception beside its arguments: cause, context and plain attributes. One half per side."""

import contextlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ..transport.json_text import Malformed
from .nodes import FLAT
from .structure import instance_fields, module_of

_BUILTIN_FIELDS = ("filename", "filename2", "name", "path")
"""Attributes of builtin exceptions that are not among their arguments."""
_DATA = FLAT | {list, dict, set, bytes, bytearray, complex, Decimal, date, datetime, time, timedelta}
_cause, _context = (vars(BaseException)[name].__get__ for name in ("__cause__", "__context__"))


class Linked:
    """An exception as the cause of another: crosses without causes of its own, so that no chain can hold itself."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def links(error: BaseException) -> list[Linked | None]:
    """Return cause and context."""
    return [None if link is None else Linked(link) for link in (_cause(error), _context(error))]


def attributes(error: BaseException) -> list[Any]:
    """Return the names and values of plain attributes, one after the other."""
    names = _BUILTIN_FIELDS if module_of(type(error)) == "builtins" else ()  # a class of the program is asked when the test asks
    fields = {name: getattr(error, name, None) for name in names} | instance_fields(error)
    named = [pair for pair in fields.items() if type(pair[0]) is str and not pair[0].startswith("coderm_")]
    return [part for name, value in named if value is not None and _is_plain(value) for part in (name, value)]


def _is_plain(value: Any) -> bool:
    """Whether an attribute crosses: data that can never hold the exception itself but in a container that is filled later."""
    return all(type(item) in FLAT for item in value) if type(value) is tuple else type(value) in _DATA


def made_of(kind: type[BaseException], args: list[Any]) -> BaseException:
    """Return an exception of a class that this process has: a builtin one is constructed, of others no code runs."""
    error: BaseException
    try:
        error = kind(*args) if module_of(kind) == "builtins" else kind.__new__(kind, *args)
    except (TypeError, ValueError):
        error = kind.__new__(kind)
    error.args = tuple(args)
    return error


def complete(error: BaseException, origins: list[Any], fields: Any) -> None:
    """Set cause, context and attributes of an exception. Raises Malformed."""
    cause, context = origins or (None, None)
    if not all(link is None or isinstance(link, BaseException) for link in (cause, context)):
        raise Malformed("no cause")
    if cause is not None or context is not None:
        error.__context__ = context
        error.__cause__ = cause
    for name, value in zip(fields[::2], fields[1::2], strict=True):
        if type(name) is not str or not _is_plain(value) or name.startswith("coderm_"):
            raise Malformed("no attribute of an exception")
        if name == "__notes__" or not name.startswith("__"):
            with contextlib.suppress(AttributeError, TypeError):  # a property of the class, or a field of another type
                setattr(error, name, value)
