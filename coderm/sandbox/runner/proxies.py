"""Stand-ins, in the tester, for classes and objects of the candidate.

What a stand-in is asked for goes to the candidate and comes back as data. What decides a verdict does not: equality and hash are
computed here on data; operators are in `specials`.
"""

import collections
from collections.abc import Callable
from typing import Any

from .asks import Asks
from .judging import forbidden, refusing
from .nodes import Record

READABLE = frozenset(
    f"__{name}__" for name in ("dict", "doc", "name", "qualname", "annotations", "wrapped", "self", "func", "match_args")
)
"""Names with two underscores that are looked up at the candidate's; others are protocols that would let it act here."""
_CHANGING = (list, dict, set, bytearray, collections.deque)


class Kind(type):
    """Class of the stand-ins for classes. Calling one makes an object at the candidate's."""

    coderm_asks: Asks
    coderm_number: int
    coderm_methods: frozenset[str] = frozenset()
    coderm_own: frozenset[str] = frozenset()
    """Special methods that the candidate's class has."""
    coderm_equality = False
    """Whether objects of the class compare by more than identity."""
    coderm_tested = False
    """Whether the class itself is what the test is about, so that its methods may have any name."""
    coderm_returned = False
    """Whether the program handed the class over as a value, or an object of it, rather than only under its name."""
    coderm_content = False
    """Whether the class derives from a builtin that holds data."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.coderm_asks.ask(cls.coderm_number, None, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        if _hidden(name):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        judging = forbidden(name, tested=cls.coderm_tested, answered=cls.coderm_returned)
        if name in cls.coderm_methods and not judging:
            return method(cls.coderm_asks, cls.coderm_number, name)
        found = cls.coderm_asks.ask("getattr", None, (cls, name), {})
        if not (judging and callable(found)):
            return found
        own = method(cls.coderm_asks, cls.coderm_number, name) if cls.coderm_tested else None
        return refusing(cls.coderm_asks, cls.__name__, name, own)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("__"):
            type.__setattr__(cls, name, value)
        else:
            cls.coderm_asks.ask("setattr", None, (cls, name, value), {})

    def __dir__(cls) -> list[str]:
        return [str(name) for name in cls.coderm_asks.ask("dir", None, (cls,), {})]


class EnumKind(Kind):
    """Class of the stand-ins for enumerations."""

    def __iter__(cls) -> Any:
        return cls.coderm_asks.ask("iter", None, (cls,), {})

    def __len__(cls) -> int:
        return int(cls.coderm_asks.ask("len", None, (cls,), {}))

    def __getitem__(cls, name: Any) -> Any:
        return cls.coderm_asks.ask("getitem", None, (cls, name), {})

    def __bool__(cls) -> bool:
        return True


class Handle(metaclass=Kind):
    """An object of the candidate."""

    __slots__ = ("coderm_answered", "coderm_handle", "coderm_hashed", "coderm_held", "coderm_measured", "coderm_seen")
    coderm_handle: int
    coderm_answered: bool
    """Whether a call returned it; the test made the others by calling their class."""
    coderm_measured: bool
    """Whether an operator made it of a value of the test's: what it is as a number or as a truth is then not asked."""
    coderm_hashed: bool
    """Whether the test put it where its hash counts."""
    coderm_seen: Any
    """See agreement."""
    coderm_held: tuple[Any] | None
    """Immutable content once it has been read: another answer later would be another value."""

    def __getattr__(self, name: str) -> Any:
        kind = type(self)
        if _hidden(name):
            raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
        judging = forbidden(name, tested=kind.coderm_tested, answered=self.coderm_answered)
        if name in kind.coderm_methods and not judging:
            return method(kind.coderm_asks, self.coderm_handle, name)
        found = kind.coderm_asks.ask("getattr", None, (self, name), {})
        if not (judging and callable(found)):
            return found
        own = method(kind.coderm_asks, self.coderm_handle, name) if kind.coderm_tested else None
        return refusing(kind.coderm_asks, kind.__name__, name, own)

    def __setattr__(self, name: str, value: Any) -> None:
        type(self).coderm_asks.ask("setattr", None, (self, name, value), {})

    def __delattr__(self, name: str) -> None:
        type(self).coderm_asks.ask("delattr", None, (self, name), {})

    def __dir__(self) -> list[str]:
        return [str(name) for name in type(self).coderm_asks.ask("dir", None, (self,), {})]

    def __eq__(self, other: object) -> bool:
        return equal(self, other)  # type: ignore[no-any-return]

    def __hash__(self) -> int:
        if not type(self).coderm_equality:
            return self.coderm_handle
        object.__setattr__(self, "coderm_hashed", True)
        return hash(type(self).__name__)

    def __str__(self) -> str:
        return _text(self, type(self).coderm_asks.ask("str", None, (self,), {}))

    def __repr__(self) -> str:
        return _text(self, type(self).coderm_asks.ask("repr", None, (self,), {}))

    def __format__(self, form: str) -> str:
        return _text(self, type(self).coderm_asks.ask("format", None, (self, form), {}))

    def __copy__(self) -> Any:
        return type(self).coderm_asks.ask("copy", None, (self,), {})

    def __deepcopy__(self, memo: Any) -> Any:
        return type(self).coderm_asks.ask("deepcopy", None, (self,), {})

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise type(self).coderm_asks.refused(TypeError("an object of the program cannot be pickled"))


class Raised:
    """Mixed into the stand-ins for exception classes: attributes and text come from the candidate."""

    coderm_handle: int
    coderm_text: str

    def __getattr__(self, name: str) -> Any:
        kind: Any = type(self)
        if _hidden(name) or "coderm_handle" not in vars(self):
            raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
        found = kind.coderm_asks.ask("getattr", None, (self, name), {})
        judging = forbidden(name, tested=kind.coderm_tested, answered=True)
        return refusing(kind.coderm_asks, kind.__name__, name) if judging and callable(found) else found

    def __str__(self) -> str:
        return self.coderm_text


def equal(left: Handle, right: object) -> Any:
    """Compare on data; the candidate's own opinion of two objects of one class must agree, and counts for nothing else."""
    kind: Any = type(left)
    if isinstance(right, Handle):
        if left is right:
            return True
        if kind is not type(right) and not (kind.coderm_content and type(right).coderm_content):
            return False
        same = kind.coderm_equality and bool(data(left) == data(right))
        if kind.coderm_equality and kind is type(right) and not kind.coderm_asks.reading:
            _agree(left, right, same=same)
        return same
    if kind.coderm_content and not isinstance(type(right), Kind) and not left.coderm_measured:
        found = data(left)
        return isinstance(found, Record) and "" in found.fields and bool(found.fields[""] == right)
    return NotImplemented


def _agree(left: Handle, right: Handle, *, same: bool) -> None:
    """Raise TypeError where the candidate says otherwise, or gives what is equal different hashes although the test uses them."""
    asks = type(left).coderm_asks
    theirs = asks.ask("eq", None, (left, right), {})
    if isinstance(theirs, Handle) or bool(theirs) is not same:
        raise asks.refused(TypeError(f"== of {type(left).__name__!r} objects contradicts their fields"))
    if same and left.coderm_hashed and right.coderm_hashed:
        first, second = (asks.ask("hash", None, (each,), {}) for each in (left, right))
        if type(first) is not int or first != second:
            raise asks.refused(TypeError(f"equal {type(left).__name__!r} objects with different hashes"))


def data(handle: Handle) -> Any:
    """Return an object as data. What is immutable by its builtin stays what it was when it was first read."""
    found = type(handle).coderm_asks.ask("data", None, (handle,), {})
    if isinstance(found, Record) and "" in found.fields:
        if handle.coderm_held is None and _fixed(found.fields[""]):
            object.__setattr__(handle, "coderm_held", (found.fields[""],))
        elif handle.coderm_held is not None:
            found.fields[""] = handle.coderm_held[0]
    return found


def _fixed(value: Any) -> bool:
    """Whether a content is of no builtin that can change; what it is otherwise may be anything that a hostile writer sends."""
    return all(map(_fixed, value)) if type(value) in (tuple, frozenset) else not isinstance(value, _CHANGING)


def method(asks: Asks, number: int, name: str) -> Callable[..., Any]:
    """Return a function that calls a method of an export."""

    def bound(*args: Any, **kwargs: Any) -> Any:
        return asks.ask(number, name, args, kwargs)

    bound.__name__ = bound.__qualname__ = name
    return bound


def function(asks: Asks, number: int, name: str) -> Callable[..., Any]:
    """Return a function that calls an export."""

    def stub(*args: Any, **kwargs: Any) -> Any:
        return asks.ask(number, None, args, kwargs)

    stub.__name__ = stub.__qualname__ = name
    stub.coderm_handle = number  # type: ignore[attr-defined]
    return stub


def make_handle(kind: Any, number: int) -> Any:
    """Return the stand-in for an object."""
    handle = object.__new__(kind)
    object.__setattr__(handle, "coderm_handle", number)
    object.__setattr__(handle, "coderm_answered", False)
    object.__setattr__(handle, "coderm_measured", False)
    object.__setattr__(handle, "coderm_hashed", False)
    object.__setattr__(handle, "coderm_seen", None)
    object.__setattr__(handle, "coderm_held", None)
    return handle


def make_raised(kind: Any, number: int, args: list[Any], text: str) -> BaseException:
    """Return the stand-in for an exception object."""
    error: BaseException = kind.__new__(kind, *args)
    error.args = tuple(args)
    vars(error).update(coderm_handle=number, coderm_text=text)
    return error


def _hidden(name: str) -> bool:
    return name.startswith("coderm_") or (name.startswith("__") and name.endswith("__") and name not in READABLE)


def _text(handle: Handle, value: Any) -> str:
    if type(value) is not str:
        raise type(handle).coderm_asks.refused(TypeError("no text came back"))
    return value
