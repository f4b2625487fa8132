"""Content objects: stand-ins for objects whose class derives from a builtin, which derive from that builtin themselves.

What they hold is data, and the builtin's own methods run on it here. What the program's class adds is asked of the program.
What it overrides must agree with the data, unless the test made the object itself of a class that it names; else no test passes.
"""

import datetime
import itertools
import weakref
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..codec.contents import CONTENT, MUTABLE, copy_of, refill
from ..codec.namedtuples import namedtuple
from ..codec.operations import BINARY, MEASURES, ORDERING, REFLECTED, SIGNS, TEXTS
from ..codec.structure import MISSING, lookup
from ..transport.json_text import Malformed
from .consistency import MAX_ITEMS
from .metaclass import get_attribute
from .objects import StandIn, ask, record_of
from .operators import SPECIAL_METHODS, consistent

_EXACT = (
    int,
    float,
    complex,
    Decimal,
    Fraction,
    set,
    frozenset,
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
)
"""Builtins whose operators make a difference or a distance: what a subclass computes must agree with the builtin."""


class ContentObject(StandIn):
    """An object of the program whose class derives from a builtin; a class of such objects derives from the builtin too."""

    coderm_plain: Any
    """Immutable content as an object of the builtin, fixed when it was read."""


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
    made |= {"__dict__": vars(StandIn)["__dict__"], "__class_getitem__": SPECIAL_METHODS["__class_getitem__"]}
    if "__eq__" in own or issubclass(base, (Counter, Fraction)):  # these compare by methods that may be overridden
        made |= {"__eq__": _equal, "__ne__": lambda self, other: not _equal(self, other)}
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


def make_content(kind: Any, number: int, content: Any) -> Any:
    """Return the stand-in for an object with this content. Raises Malformed."""
    base = kind.coderm_base
    new: Any = base.__new__
    if type(content) is not base:
        raise Malformed("content of another type")
    if base in MUTABLE:
        made = new(kind)
        if base.__name__ == "defaultdict":
            base.__init__(made, content.default_factory)
    elif issubclass(base, (datetime.date, datetime.time, datetime.timedelta)):
        made = new(kind, *_parts(content), **({} if not hasattr(content, "fold") else {"fold": content.fold}))
    elif base is Fraction:
        made = object.__new__(kind)
        for name in Fraction.__slots__:
            object.__setattr__(made, name, getattr(content, name))
    else:
        fields = lookup(kind, "_fields")
        values = content if fields is MISSING else map(kind.coderm_conversation.field, fields, content)
        made = new(kind, values)
    object.__setattr__(made, "coderm_handle", number)
    if base not in MUTABLE:
        object.__setattr__(made, "coderm_plain", content)
    return made


def _parts(content: Any) -> list[Any]:
    names = ("days", "seconds", "microseconds", "year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo")
    return [getattr(content, name) for name in names if hasattr(type(content), name)]


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
            return get_attribute(kind, kind, kind.coderm_number, self._name, answered=kind.coderm_returned)
        found = get_attribute(owner, kind, owner.coderm_handle, self._name, answered=owner.coderm_answered)
        held = (vars(base).get(self._name, self) for base in kind.__mro__)
        known = next(found for found in held if not isinstance(found, _Overridden))
        if callable(known) or isinstance(known, (classmethod, staticmethod)):
            return found
        local = known.__get__(owner) if hasattr(type(known), "__get__") else known
        if isinstance(found, StandIn) or found != local:
            _doubt(owner, self._name)
        return found


def _doubt(stand_in: Any, name: str) -> None:
    """From here on the test cannot pass: the program's own word is taken."""
    type(stand_in).coderm_conversation.doubt(f"{name} of a {type(stand_in).__name__!r} object, which the program's class overrides")


def _trusted(value: Any) -> bool:
    """Whether the test made an object itself, of a class that it names."""
    return bool(type(value).coderm_tested and not value.coderm_answered)


def _equal(self: Any, other: Any) -> bool:
    """Compare content. An own `__eq__` must agree; it sees a value of the test only if that is its own content."""
    kind = type(self)
    if self is other:
        return True
    same = bool(plain(self) == plain(other)) and (not isinstance(other, StandIn) or type(other).coderm_base is not None)
    if "__eq__" not in kind.coderm_own or kind.coderm_conversation.reading:
        return same
    if kind is type(other):
        same = same and bool(record_of(self) == record_of(other))
    if not same and not isinstance(other, StandIn):
        _doubt(self, "==")
    answer = bool(ask("eq", self, other))
    if answer is not same or (same and getattr(other, "coderm_hashed", False) and ask("hash", self) != ask("hash", other)):
        _doubt(self, "==")
    return answer


def _hash(self: Any) -> int:
    object.__setattr__(self, "coderm_hashed", True)
    base = type(self).coderm_base
    return hash(type(self).__name__) if base in MUTABLE else hash(self.coderm_plain)


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


def _told(operation: str, *operands: Any) -> Any:
    """Ask with a value of the test. Only an exception of a class that the test names counts."""
    owner = next(operand for operand in operands if isinstance(operand, StandIn))
    if not type(owner).coderm_tested:
        _doubt(owner, operation)
    found = ask(operation, *operands)
    _doubt(owner, operation)
    return found


def _order(name: str) -> Callable[[Any, Any], Any]:
    def special(self: Any, other: Any) -> Any:
        local = _locally(name, self, other)
        if name not in type(self).coderm_own:
            return local
        if not isinstance(other, StandIn):
            return _told(ORDERING[name], self, other)
        answer = consistent(ORDERING[name], self, other)
        if answer is not local and not (_trusted(self) and _trusted(other)):
            _doubt(self, name)
        return answer

    return special


def _binary(name: str, operation: str, *, reflected: bool) -> Callable[[Any, Any], Any]:
    """An operand of the test goes to a class that it names. Numbers, sets and dates must agree with the builtin."""

    def special(self: Any, other: Any) -> Any:
        kind, exact = type(self), type(self).coderm_base in _EXACT
        operands = (other, self) if reflected else (self, other)
        local, given = _locally(name, self, other), not isinstance(other, StandIn)
        starts = name == "__radd__" and type(other) is int and other == 0  # how sum() begins
        trusted = all(_trusted(operand) for operand in operands if isinstance(operand, StandIn))
        allowed = not given or starts or (kind.coderm_tested if exact else trusted)
        found = ask(operation, *operands) if allowed else _told(operation, *operands)
        if exact and (given if local is NotImplemented else not _same(found, local)):
            _doubt(self, name)
        if isinstance(found, StandIn) and found is not self:
            object.__setattr__(found, "coderm_answered", not trusted)
            object.__setattr__(found, "coderm_measured", given and local is NotImplemented)
        return found

    return special


def _agreeing(name: str, operation: str) -> Callable[..., Any]:
    """An operator of one operand must agree with the builtin; that of an object which the test made of a named class need not."""

    def special(self: Any, *args: Any) -> Any:
        local = bool(plain(self)) if name == "__bool__" else _locally(name, self, *args)
        found = ask(operation, self, *args)
        if not _same(found, local) and (type(self).coderm_base in _EXACT or not _trusted(self)):
            _doubt(self, name)
        return found

    return special


def _iterate(self: Any) -> Any:
    found = ask("iter", self)
    if _trusted(self):
        return found
    items, local = list(itertools.islice(found, MAX_ITEMS + 1)), list(plain(self))
    if len(items) != len(local) or any(one is not other and one != other for one, other in zip(items, local, strict=True)):
        _doubt(self, "iterating")
    return iter(items)


def _contains(self: Any, item: Any) -> bool:
    """Only an object that the test made is asked what is in it: another would learn what the test looks for."""
    if not _trusted(self):
        _doubt(self, "in")
    return bool(ask("contains", self, item))


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


class ContentSync:
    """Keeps mutable content equal: what the test changed goes before a question, what the program changed comes after."""

    def __init__(self) -> None:
        self._objects: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._unfilled: list[tuple[Any, Any]] = []
        self._busy = False

    def get(self, number: int) -> Any:
        """Return the object with this number, if the test still has it."""
        return self._objects.get(number)

    def add(self, number: int, value: Any, content: Any) -> None:
        """Give an object this content when it has been read."""
        if type(content) is not type(value).coderm_base:
            raise Malformed("content of another type")
        self._objects[number] = value
        self._unfilled.append((value, content))

    def fill(self) -> None:
        """Fill objects whose content has been read."""
        while self._unfilled:
            value, content = self._unfilled.pop()
            if copy_of(type(value).coderm_base, value) != content:
                refill(type(value).coderm_base, value, content)
            object.__setattr__(value, "coderm_known", _flat(value))

    def push(self, question: Callable[..., Any]) -> None:
        """Send what the test changed."""
        for value in [] if self._busy else list(self._objects.values()):
            now, known = _flat(value), value.coderm_known
            if len(now) != len(known) or any(one is not other for one, other in zip(now, known, strict=True)):
                question("refill", None, (value, copy_of(type(value).coderm_base, value)), {})
                object.__setattr__(value, "coderm_known", now)

    def pull(self, question: Callable[..., Any]) -> None:
        """Fetch what the program changed."""
        objects = [] if self._busy else list(self._objects.items())
        if objects:
            self._busy = True
            try:
                contents = question("contents", None, tuple(value for _, value in objects), {})
            finally:
                self._busy = False
            for (number, value), content in zip(objects, contents, strict=True):
                self.add(number, value, content)
            self.fill()


def _flat(value: Any) -> list[Any]:
    content = copy_of(type(value).coderm_base, value)
    return [part for pair in content.items() for part in pair] if isinstance(content, dict) else list(content)
