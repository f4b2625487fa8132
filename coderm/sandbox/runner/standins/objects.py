"""Stand-ins, in the tester, for objects and exceptions of the candidate.

A question to a stand-in goes to the candidate and comes back as data. What decides a verdict does not: equality and hash are
computed here on data; operators are in `operators`.
"""

from typing import Any

from .metaclass import StandInType, get_attribute, is_hidden
from .value_methods import is_refused, refusing_method


class StandIn(metaclass=StandInType):
    """An object of the candidate."""

    __dict__: Any = property(lambda self: ask("getattr", self, "__dict__"))
    coderm_handle: int
    coderm_answered = False
    """Whether a call returned it; the test made the others by calling their class."""
    coderm_measured = False
    """Whether an operator made it from a value of the test; it is then never asked for a number or a truth value."""
    coderm_hashed = False
    """Whether the test has used its hash."""
    coderm_seen: Any = None
    """See consistency.CachedItems."""

    def __getattr__(self, name: str) -> Any:
        kind = type(self)
        if is_hidden(name):
            raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
        return get_attribute(self, kind, self.coderm_handle, name, answered=self.coderm_answered)

    def __setattr__(self, name: str, value: Any) -> None:
        ask("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        ask("delattr", self, name)

    def __dir__(self) -> list[str]:
        return [str(name) for name in ask("dir", self)]

    def __eq__(self, other: object) -> bool:
        return equal(self, other)  # type: ignore[no-any-return]

    def __hash__(self) -> int:
        if not type(self).coderm_equality:
            return self.coderm_handle
        object.__setattr__(self, "coderm_hashed", True)
        return hash(type(self).__name__)

    def __str__(self) -> str:
        return _text(self, ask("str", self))

    def __repr__(self) -> str:
        return _text(self, ask("repr", self))

    def __format__(self, form: str) -> str:
        return _text(self, ask("format", self, form))

    def __copy__(self) -> Any:
        return ask("copy", self)

    def __deepcopy__(self, memo: Any) -> Any:
        return ask("deepcopy", self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise refused(self, TypeError("an object of the program cannot be pickled"))


class ExceptionStandIn:
    """Mixed into the stand-ins for exception classes: attributes and text come from the candidate."""

    coderm_handle: int
    coderm_text: str

    def __getattr__(self, name: str) -> Any:
        kind: Any = type(self)
        if is_hidden(name) or "coderm_handle" not in vars(self):
            raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
        found = kind.coderm_conversation.ask("getattr", None, (self, name), {})
        unwanted = is_refused(name, tested=kind.coderm_tested, answered=True)
        return refusing_method(kind.coderm_conversation, kind.__name__, name) if unwanted and callable(found) else found

    def __str__(self) -> str:
        return self.coderm_text


def equal(left: StandIn, right: object) -> Any:
    """Compare on data; the program's own `__eq__` of two objects of one class must agree."""
    kind: Any = type(left)
    if isinstance(right, StandIn):
        if left is right:
            return True
        if kind is not type(right):
            return False
        same = kind.coderm_equality and bool(record_of(left) == record_of(right))
        if kind.coderm_equality and kind is type(right) and not kind.coderm_conversation.reading:
            _check_agreement(left, right, same=same)
        return same
    return NotImplemented


def _check_agreement(left: StandIn, right: StandIn, *, same: bool) -> None:
    """Raise TypeError where the program's `__eq__` disagrees, or equal objects whose hashes the test uses have different ones."""
    theirs = ask("eq", left, right)
    if isinstance(theirs, StandIn) or bool(theirs) is not same:
        raise refused(left, TypeError(f"== of {type(left).__name__!r} objects contradicts their fields"))
    if same and left.coderm_hashed and right.coderm_hashed:
        first, second = ask("hash", left), ask("hash", right)
        if type(first) is not int or first != second:
            raise refused(left, TypeError(f"equal {type(left).__name__!r} objects with different hashes"))


def record_of(stand_in: StandIn) -> Any:
    """Return an object as data."""
    return ask("data", stand_in)


def ask(operation: str, *operands: Any) -> Any:
    """Ask the candidate for an operation on operands, one of which is an object of its own."""
    stand_in = next(operand for operand in operands if isinstance(operand, StandIn))
    return type(stand_in).coderm_conversation.ask(operation, None, operands, {})


def refused(stand_in: StandIn, error: BaseException) -> BaseException:
    """Record a refusal of this side and return it to be raised: no test passes by it."""
    return type(stand_in).coderm_conversation.refused(error)


def make_stand_in(kind: Any, number: int) -> Any:
    """Return the stand-in for an object."""
    stand_in = object.__new__(kind)
    object.__setattr__(stand_in, "coderm_handle", number)
    return stand_in


def make_exception(kind: Any, number: int, args: list[Any], text: str) -> BaseException:
    """Return the stand-in for an exception object."""
    error: BaseException = kind.__new__(kind, *args)
    error.args = tuple(args)
    vars(error).update(coderm_handle=number, coderm_text=text)
    return error


def _text(stand_in: StandIn, value: Any) -> str:
    if not isinstance(value, str):
        raise refused(stand_in, TypeError("no text came back"))
    return str.__str__(value)
