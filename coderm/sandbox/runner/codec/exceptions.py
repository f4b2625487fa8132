"""Data of an exception beside its arguments: cause, context and plain attributes. One half per side."""

from typing import Any

from ..transport.json_text import Malformed
from .nodes import FLAT
from .structure import instance_fields, module_of

_BUILTIN_FIELDS = ("filename", "filename2", "name", "path")
"""Attributes of builtin exceptions that are not among their arguments."""
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
    plain = {name: value for name, value in fields.items() if type(name) is str and value is not None and _is_plain(value)}
    return [part for pair in plain.items() for part in pair]


def _is_plain(value: Any) -> bool:
    if type(value) is list:
        return all(type(item) is str for item in value)
    return type(value) in FLAT and (type(value) is not int or abs(value) < 1 << 64)


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
            setattr(error, name, value)
