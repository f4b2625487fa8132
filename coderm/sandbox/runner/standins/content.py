"""Content objects: stand-ins for objects whose class derives from a builtin, which derive from that builtin themselves.

What they hold is data, and the builtin's own methods run on it here. What the program's class adds is asked of the program.
What it overrides must agree with the data, unless the table says otherwise; else the test cannot pass.
"""

import datetime
import itertools
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..codec.kinds import CONTENT, MUTABLE, copy_of
from ..codec.library import PLAIN
from ..codec.namedtuples import namedtuple
from ..codec.operations import BINARY, MEASURES, ORDERING, REFLECTED, SIGNS, TEXTS
from ..codec.structure import MISSING, lookup
from ..transport.json_text import Malformed
from .metaclass import get_attribute
from .objects import MAX_ITEMS, StandIn, are_fresh, ask, contains_value, doubt, fingerprint, number_stand_in, record_of, vouch
from .operators import SPECIAL_METHODS, consistent
from .table import Origin, Policy, origin, policy

_EXACT = (*(int, float, complex, Decimal, Fraction, set, frozenset), *(datetime.date, datetime.time, datetime.timedelta))
"""Builtins whose operators make a difference or a distance: what a subclass computes must agree with the builtin."""


_JOINING = ("truediv", "lshift", "rshift", "matmul")
"""Operators that a class of texts or tuples adds, and whose result is compared by content; no test expects nothing of them."""


class ContentObject(StandIn):
    """An object of the program whose class derives from a builtin; a class of such objects derives from the builtin too."""

    coderm_plain: Any
    """Immutable content as an object of the builtin, fixed when it was read."""
    coderm_hash: int | None
    """What an own `__hash__` of immutable content gave then."""


def local_base(content: list[Any]) -> Any:
    """Return the class that a content class derives from here. Raises Malformed, ValueError."""
    base = CONTENT.get(content[0])
    if base is None:
        raise Malformed("no builtin with content")
    return namedtuple("Fields", content[1]) if content[1] and base is tuple else base


def members(base: Any, own: set[str], changed: list[Any]) -> dict[str, Any]:
    """Return the namespace of a content class: `own` special methods and `changed` other names that the program overrides."""
    made = {name: _special(base, name) for name in own if name in SPECIAL_METHODS}
    made |= {name: _Overridden(name) for name in map(str, changed) if name[:2] != "__" and hasattr(base, name)}
    made |= {name: getattr(StandIn if name in own else base, name) for name in TEXTS}
    made |= {name: getattr(StandIn, name) for name in ("__copy__", "__deepcopy__", "__reduce_ex__")}
    made |= {name: vars(StandIn)[name] for name in ("__dict__", "__weakref__")}
    if "__eq__" in own or issubclass(base, (Counter, Fraction)):  # these compare by methods that may be overridden
        made["__eq__"] = lambda self, other: _equal(self, other)
        made["__ne__"] = lambda self, other: not _equal(self, other)
        made |= {name: _order(name) for name in ORDERING if hasattr(base, name)}
    if "__hash__" in own:
        made["__hash__"] = _hash
    elif "__eq__" in made:
        made["__hash__"] = base.__hash__
    if "__missing__" in own or hasattr(base, "default_factory"):
        made["__missing__"] = lambda self, key: ask("getitem", self, key)
    if hasattr(base, "_make"):
        made["_make"] = classmethod(
            lambda cls, values: cls.coderm_conversation.ask(cls.coderm_number, "_make", (list(values),), {})
        )
    if hasattr(base, "replace") and issubclass(base, (datetime.date, datetime.time)):
        made["replace"] = _Overridden("replace")  # it makes objects without asking their class
    return made


def make_content(kind: Any, number: int, content: Any, own_hash: Any = None) -> Any:
    """Return the stand-in for an object with this content and the hash that its class gives it. Raises Malformed."""
    base = kind.coderm_base
    new: Any = base.__new__
    if type(content) is not base:
        raise Malformed("content of another type")
    if base in MUTABLE:  # empty so far
        made = new(kind)
        if base is defaultdict:
            base.__init__(made, content.default_factory)
        elif base is deque:
            base.__init__(made, (), content.maxlen)
    elif issubclass(base, (datetime.date, datetime.time, datetime.timedelta)):
        parts = list(PLAIN[base].parts(content) or ())
        folded = {"fold": parts.pop()} if hasattr(content, "fold") else {}
        made = new(kind, *parts, **folded)
    elif base is Fraction:
        made = object.__new__(kind)
        for name in Fraction.__slots__:
            object.__setattr__(made, name, getattr(content, name))
    else:
        fields = lookup(kind, "_fields")
        values = content if fields is MISSING else map(kind.coderm_conversation.field, fields, content)
        made = new(kind, values)
    number_stand_in(made, number)
    if base not in MUTABLE:
        object.__setattr__(made, "coderm_plain", content)
        object.__setattr__(made, "coderm_hash", own_hash if type(own_hash) is int else None)
    return made


def plain(value: Any) -> Any:
    """Return the content of an object as an object of the builtin, and anything else as it is."""
    base = getattr(type(value), "coderm_base", None)
    if base is None:
        return value
    return copy_of(base, value) if base in MUTABLE else value.coderm_plain


class _Overridden:
    """A name of the builtin that the program's class defines anew. What is no method must be what the builtin says."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner: Any, kind: Any) -> Any:
        if owner is None:
            return get_attribute(kind, kind, kind.coderm_number, self._name)
        found = get_attribute(owner, kind, owner.coderm_handle, self._name)
        held = (vars(base).get(self._name, self) for base in kind.__mro__)
        known = next(found for found in held if not isinstance(found, _Overridden))
        if callable(known) or isinstance(known, (classmethod, staticmethod)):
            return found
        local = known.__get__(owner) if hasattr(type(known), "__get__") else known
        if isinstance(found, StandIn) or found != local:
            doubt(owner, f"an own {self._name} that contradicts what it holds")
        return found


def _trusted(value: Any) -> bool:
    """Whether the test made an object itself, of a class that it names."""
    return origin(value) is Origin.MADE


def _equal(self: Any, other: Any) -> bool:
    """Compare content, with which an own `__eq__` must agree."""
    kind = type(self)
    if self is other:
        return True
    same = bool(plain(self) == plain(other)) and (not isinstance(other, StandIn) or type(other).coderm_base is not None)
    if "__eq__" not in kind.coderm_own or kind.coderm_conversation.reading:
        return same
    if isinstance(other, StandIn):
        same = same and (kind is not type(other) or bool(record_of(self) == record_of(other)))
        told = bool(ask("eq", self, other))
        if are_fresh(self, other):
            return told
        if told is not same or (same and getattr(other, "coderm_hashed", False) and ask("hash", self) != ask("hash", other)):
            doubt(self, "an own == that contradicts what is compared")
        return told
    if not same and (kind.coderm_base in MUTABLE or origin(self) is Origin.OTHER):  # it may become what it has seen
        doubt(self, "an own == that sees a value of the test")
    told = bool(ask("eq", self, other))
    if told is not same:
        doubt(self, "an own == that contradicts what is compared")
    return told


def _hash(self: Any) -> int:
    if type(self).coderm_base in MUTABLE:
        object.__setattr__(self, "coderm_hashed", True)
        return hash(type(self).__name__)
    try:
        known = hash(self.coderm_plain)
    except TypeError:
        known = None
    if known != self.coderm_hash and not _trusted(self):
        doubt(self, "an own hash that is not the one of what it holds")
    return int(ask("hash", self)) if self.coderm_hash is None else self.coderm_hash  # which may raise


def _locally(name: str, self: Any, *args: Any) -> Any:
    """Return what the builtin's own method gives; NotImplemented if it has none or raises."""
    method = getattr(type(self).coderm_base, name, None)
    try:
        return NotImplemented if method is None else method(plain(self), *map(plain, args))
    except (ArithmeticError, TypeError, ValueError):
        return NotImplemented


def _same(found: Any, local: Any) -> bool:
    found = plain(found)
    return bool(found == local or (found != found and local != local))


def _seen(how: Policy) -> Policy:
    """Return how an answer is taken that is compared with the builtin's: without a doubt, if the program may see the operand."""
    return how if how is Policy.NONE else Policy.ANY


def _order(name: str) -> Callable[[Any, Any], Any]:
    def special(self: Any, other: Any) -> Any:
        local, operation = _locally(name, self, other), ORDERING[name]
        if name not in type(self).coderm_own:
            return local
        if isinstance(other, StandIn):
            told = consistent(operation, self, other)
            vouched = not issubclass(type(self).coderm_base, _EXACT) and Origin.OTHER not in (origin(self), origin(other))
        else:
            told, vouched = vouch(_seen(policy("order with a value", self)), operation, self, other), False
        if told is not local and not vouched:
            doubt(self, f"an own {name} that contradicts what is compared")
        return told

    return special


def _binary(name: str, operation: str, *, reflected: bool) -> Callable[[Any, Any], Any]:
    """Numbers, sets and dates must agree with the builtin, since their operators make differences."""

    def special(self: Any, other: Any) -> Any:
        exact, given = issubclass(type(self).coderm_base, _EXACT), not isinstance(other, StandIn)
        operands = (other, self) if reflected else (self, other)
        local = _locally(name, self, other)
        trusted = all(_trusted(operand) for operand in operands if isinstance(operand, StandIn))
        starts = name == "__radd__" and type(other) is int and other == 0  # how sum() begins
        how = Policy.ANY if trusted or (starts and not exact) else Policy.ERROR
        if given and not starts:
            how = policy("arithmetic with a value", self)
        found = vouch(_seen(how), operation, *operands)
        joined = operation in _JOINING and getattr(type(found), "coderm_base", None) is type(self).coderm_base
        if how is not Policy.ANY and ((given and not joined) if local is NotImplemented else exact and not _same(found, local)):
            doubt(self, f"an own {name} that contradicts what it holds")
        if isinstance(found, StandIn) and found is not self:
            object.__setattr__(found, "coderm_answered", not trusted)
            object.__setattr__(found, "coderm_born", -1)
        return found

    return special


def _agreeing(name: str, operation: str) -> Callable[..., Any]:
    """Operators of one operand must agree with the builtin, but for texts and containers of a class that the test names."""

    def special(self: Any, *args: Any) -> Any:
        local = bool(plain(self)) if name == "__bool__" else _locally(name, self, *args)
        found = ask(operation, self, *args)
        if not _same(found, local) and (issubclass(type(self).coderm_base, _EXACT) or origin(self) is Origin.OTHER):
            doubt(self, f"an own {name} that contradicts what it holds")
        return found

    return special


def _iterate(self: Any) -> Any:
    found = ask("iter", self)
    if origin(self) is not Origin.OTHER:
        return found
    items, local = list(itertools.islice(found, MAX_ITEMS + 1)), list(plain(self))
    if len(items) != len(local) or any(one is not other and one != other for one, other in zip(items, local, strict=True)):
        doubt(self, "an own __iter__ that contradicts what it holds")
    return iter(items)


def _contains(self: Any, item: Any) -> Any:
    return contains_value(policy("in", self), self, item, fingerprint(sys._getframe(1)))


def _special(base: Any, name: str) -> Any:
    """Return the special method for one that the program overrides or adds."""
    if name in ORDERING:
        return _order(name)
    if name in BINARY or name in REFLECTED:
        return _binary(name, (BINARY | REFLECTED)[name], reflected=name in REFLECTED)
    if hasattr(base, name) or name == "__bool__":
        if name in SIGNS or name in MEASURES or name == "__len__":
            return _agreeing(name, (SIGNS | MEASURES | {"__len__": "len"})[name])
        return {"__iter__": _iterate, "__contains__": _contains}.get(name, SPECIAL_METHODS[name])
    return SPECIAL_METHODS[name]
