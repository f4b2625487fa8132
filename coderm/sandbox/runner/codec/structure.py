"""Classes and fields of a value, read at the level of the type: a class may define `__dict__` or `__class__` as it likes.

Look-ups read the classes' own dictionaries, so no method, property or `__getattribute__` of theirs is called.
"""

import contextlib
import types
from typing import Any

MISSING: Any = object()
"""What `lookup` returns for a name that no class has."""
_MARK = "coderm_mark"
_mro, _module, _name = (vars(type)[name].__get__ for name in ("__mro__", "__module__", "__name__"))
_held = vars(type)["__dict__"].__get__
_error_fields = vars(BaseException)["__dict__"].__get__


def mro(kind: type) -> tuple[type, ...]:
    """Return the classes that a class consists of."""
    found: tuple[type, ...] = _mro(kind)
    return found


def held(kind: type) -> types.MappingProxyType[str, Any]:
    """Return a class's own dictionary."""
    found: types.MappingProxyType[str, Any] = _held(kind)
    return found


def module_of(kind: type) -> str:
    """Return the name of a class's module; empty where the class has put something else there."""
    found = _module(kind)
    return found if type(found) is str else ""


def name_of(kind: type) -> str:
    """Return the name of a class."""
    return str.__str__(_name(kind))


def lookup(kind: type, name: str) -> Any:
    """Return the attribute that a class or its bases define under a name, unbound; else MISSING."""
    return next((held(base)[name] for base in mro(kind) if name in held(base)), MISSING)


def instance_fields(value: Any) -> dict[str, Any]:
    """Return the dictionary in which an object keeps its fields; an empty one if it has none."""
    kind = type(value)
    if issubclass(kind, BaseException):
        return _error_fields(value)  # type: ignore[no-any-return]
    own = False
    for base in mro(kind):
        found = held(base).get("__dict__")
        if type(found) is types.GetSetDescriptorType:
            return found.__get__(value)  # type: ignore[no-any-return]
        own |= found is not None
    return _hidden_fields(value, kind) if own else {}


def slots_of(kind: type) -> dict[str, types.MemberDescriptorType]:
    """Return the slots of a class, by the interpreter's names for them."""
    slotted = [held(base) for base in reversed(mro(kind)) if "__slots__" in held(base)]
    return {name: slot for names in slotted for name, slot in names.items() if type(slot) is types.MemberDescriptorType}


def slot_fields(value: Any) -> dict[str, Any]:
    """Return the values in the slots of an object."""
    fields: dict[str, Any] = {}
    for name, slot in slots_of(type(value)).items():
        with contextlib.suppress(AttributeError):  # never set
            fields[name] = slot.__get__(value)
    return fields


def set_fields(value: Any, fields: dict[str, Any]) -> None:
    """Give an object these fields and no others."""
    for name, slot in slots_of(type(value)).items():
        if name in fields:
            slot.__set__(value, fields.pop(name))
        else:
            with contextlib.suppress(AttributeError):  # never set
                slot.__delete__(value)
    instance_fields(value).clear()
    instance_fields(value).update(fields)


def _hidden_fields(value: Any, kind: type) -> dict[str, Any]:
    """Read the dictionary of an object whose class has put something else in the place of the way to it."""
    cached = "__slotnames__" in held(kind)
    try:
        object.__setattr__(value, _MARK, None)  # an empty dictionary would not be given out
        state: Any = object.__getstate__(value)
    except (AttributeError, TypeError):  # it has slots only
        return {}
    finally:
        if not cached and "__slotnames__" in held(kind):
            type.__delattr__(kind, "__slotnames__")
    fields: dict[str, Any] = state[0] if type(state) is tuple else state
    del fields[_MARK]
    return fields
