"""Stand-ins, in the tester, for objects and exceptions of the candidate.

A question to a stand-in goes to the candidate and comes back as data. Whether two objects are equal is computed here on data as
well, and the program's word is doubted where it differs. Operators are in `operators`.
"""

import itertools
import sys
import zlib
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..constants import TESTS_FILE
from .metaclass import StandInType, get_attribute, is_hidden, served, set_attribute
from .table import Origin, Policy, answer, is_value, origin, policy
from .value_methods import VALUE_METHODS, value_method

_WHOLES = (list, tuple, set, dict)
MAX_ITEMS = 1 << 14
"""Most items that are read before anything is compared."""


class StandIn(metaclass=StandInType):
    """An object of the candidate."""

    __dict__: Any = property(lambda self: ask("getattr", self, "__dict__"))
    __weakref__: Any = property(lambda self: ask("getattr", self, "__weakref__"))
    coderm_handle: int
    coderm_answered = False
    """Whether a call returned it; the test made the others by calling their class."""
    coderm_born = 0
    """How many calls there had been that may change objects, when it was first seen."""
    coderm_measured = False
    """Whether an operator made it from a value of the test; it is then never asked for a number or a truth value."""
    coderm_difference: tuple[Any, Any] = (None, None)
    """The two objects whose difference it is, if an operator made it so."""
    coderm_hashed = False
    """Whether the test has used its hash."""
    coderm_seen: Any = None
    """See consistency.CachedItems."""

    def __getattr__(self, name: str) -> Any:
        kind = type(self)
        if is_hidden(name, sys._getframe(1)):
            raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
        return served(kind, name, sys._getframe(1), get_attribute(self, kind, self.coderm_handle, name))

    def __setattr__(self, name: str, value: Any) -> None:
        set_attribute(self, type(self), name, value)

    def __delattr__(self, name: str) -> None:
        ask("delattr", self, name)

    def __dir__(self) -> list[str]:
        return [str(name) for name in ask("dir", self)]

    def __eq__(self, other: object) -> Any:
        return equal(self, other, _equals)

    def __ne__(self, other: object) -> Any:
        found = equal(self, other, _differs_not)
        return found if found is NotImplemented else not found

    def __hash__(self) -> int:
        kind = type(self)
        if not kind.coderm_equality:
            return self.coderm_handle
        code = sys._getframe(1).f_code
        wanted = code.co_filename == TESTS_FILE and "hash" in code.co_names
        if wanted or not (self.coderm_hashed or kind.coderm_conversation.reading):
            found = ask("hash", self)  # which may raise
            if wanted:
                return found  # type: ignore[no-any-return]
        object.__setattr__(self, "coderm_hashed", True)
        return hash(kind.__name__)

    def __str__(self) -> str:
        return ask("str", self)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return ask("repr", self)  # type: ignore[no-any-return]

    def __format__(self, form: str) -> str:
        return ask("format", self, form)  # type: ignore[no-any-return]

    def __copy__(self) -> Any:
        return ask("copy", self)

    def __deepcopy__(self, memo: Any) -> Any:
        return ask("deepcopy", self)

    def __getstate__(self) -> Any:
        return ask("getattr", self, "__getstate__")()

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise refused(self, TypeError("an object of the program cannot be pickled"))


class ExceptionStandIn:
    """Mixed into the stand-ins for exception classes: attributes and text come from the candidate."""

    coderm_handle: int
    coderm_text: str
    coderm_several = False
    """Whether the class derives from builtin exceptions of which none is derived from all others."""

    def __getattr__(self, name: str) -> Any:
        kind: Any = type(self)
        if is_hidden(name, sys._getframe(1)) or "coderm_handle" not in vars(self):
            raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
        found = served(kind, name, sys._getframe(1), kind.coderm_conversation.ask("getattr", None, (self, name), {}))
        wrap = name in VALUE_METHODS and callable(found)
        return value_method(kind.coderm_conversation, self, name, found) if wrap else found

    def __str__(self) -> str:
        return self.coderm_text


def _equals(left: Any, right: Any) -> Any:
    return ask("eq", left, right)


def _differs_not(left: Any, right: Any) -> Any:
    found = ask("ne", left, right)
    return found if isinstance(found, StandIn) else not found


def equal(left: StandIn, right: object, ask_program: Callable[[Any, Any], Any]) -> Any:
    """Compare objects of one class by their data, with which the program must agree; others by the table."""
    kind: Any = type(left)
    other: Any = type(right)
    if not kind.coderm_equality or right is None or not (isinstance(right, StandIn) or is_value(right)):
        return NotImplemented
    if kind is other:
        return _agreed(left, right, ask_program)
    if kind.coderm_conversation.reading:
        return False
    if isinstance(right, StandIn):
        how = policy("== with an object of another class", left, right)
    elif type(right) in _WHOLES and _holds(left, right):  # which the program has shown before it sees the value
        how = Policy.TRUE
    else:
        how = policy("== with a value", left)
    return answer(kind.coderm_conversation, how, "== of an object", lambda: ask_program(left, right))


def _holds(left: Any, right: Any) -> bool:
    """Whether an object that can be iterated gives the items of a container of the test, which stays unseen."""
    own = type(left).coderm_own
    if own.isdisjoint(("__iter__", "__getitem__")) or "__next__" in own:
        return False
    try:
        items = list(itertools.islice(left, MAX_ITEMS))  # and not just as many as are wanted
        found = {item: left[item] for item in items} if type(right) is dict else type(right)(items)
    except Exception:  # noqa: BLE001 - the program's own methods
        return False
    return bool(found == right)


def _agreed(left: StandIn, right: Any, ask_program: Callable[[Any, Any], Any]) -> Any:
    """Return what the program says of two objects of one class, with a doubt where their data say something else."""
    same = left is right or bool(record_of(left) == record_of(right))
    if type(left).coderm_conversation.reading:
        return same
    theirs = ask_program(left, right)
    if isinstance(theirs, StandIn) or (bool(theirs) is not same and not are_fresh(left, right)):
        doubt(left, f"== of {type(left).__name__!r} objects, which contradicts their fields")
    elif same and left.coderm_hashed and right.coderm_hashed and ask("hash", left) != ask("hash", right):
        raise refused(left, TypeError(f"equal {type(left).__name__!r} objects with different hashes"))
    return theirs


def are_fresh(left: StandIn, right: StandIn) -> bool:
    """Whether the test has made two objects and done nothing since that may change them: it asks about their class alone."""
    made = origin(left) is origin(right) is Origin.MADE
    return made and left.coderm_born == right.coderm_born == type(left).coderm_conversation.changes


def fingerprint(frame: FrameType) -> int:
    """Return a number that belongs to a place of the test, and that the program cannot guess."""
    return zlib.crc32(repr((frame.f_code.co_names, frame.f_code.co_consts, frame.f_lasti)).encode())


def contains_value(how: Policy, left: StandIn, value: Any, secret: int) -> Any:
    """Ask whether an object contains a value; for a checked True also others, for which no honest class would always say True."""
    unlike = _unlike(value, secret, 1 << 30) if how is Policy.CHECKED else []
    early = secret % 2 == 0 and _contains_all(left, unlike)
    found = vouch(how, "contains", left, value)
    if how is Policy.CHECKED and found and (early or (secret % 2 and _contains_all(left, unlike))):
        doubt(left, "`in`, which it answers with True for others as well")
    return found


def _contains_all(left: StandIn, values: list[Any]) -> bool:
    """Whether the answer is True for each of some values that are none of the test's."""
    conversation = type(left).coderm_conversation
    conversation.invented = True
    try:
        return bool(values) and all(ask("contains", left, value) is not False for value in values)
    except Exception:  # noqa: BLE001 - an honest class may not take the value at all
        return False
    finally:
        conversation.invented = False


def _unlike(value: Any, secret: int, step: int) -> list[Any]:
    """Return values that differ from another by little, and have the same shape; none where there is no such value.

    The program shall not tell from them which is the test's. It may well hold one that is like it, so there are several texts.
    """
    if type(value) in (int, float):
        return [value + (step if secret & 2 else -step)]
    if type(value) is str:
        place, letter = secret % max(len(value), 1), ord(value[secret % max(len(value), 1) :][:1] or "a")
        other = f"{value[:place]}{chr(letter + 1)}{value[place + 1 :]}"
        return [other, f"{value}{chr(97 + secret % 26)}", f"{chr(97 + secret % 23)}{value}"]
    if type(value) not in (list, tuple):
        return []
    for place in (step % len(value) for step in range(secret, secret + len(value))):
        for other in _unlike(value[place], secret, 1):
            return [value[:place] + type(value)([other]) + value[place + 1 :]]
    return [] if value else [type(value)([secret % 97])]


def vouch(how: Policy, operation: str, *operands: Any) -> Any:
    """Ask for an operation on operands, with a doubt unless the policy vouches for the answer."""
    subject = next(operand for operand in operands if isinstance(operand, StandIn))
    return answer(type(subject).coderm_conversation, how, f"{operation} of an object", lambda: ask(operation, *operands))


def doubt(stand_in: StandIn, what: str) -> None:
    """Record that the program's own word decides something."""
    type(stand_in).coderm_conversation.doubt(what)


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
    return number_stand_in(object.__new__(kind), number)


def number_stand_in(stand_in: Any, number: int) -> Any:
    """Give a stand-in the number of its object, and return it."""
    object.__setattr__(stand_in, "coderm_handle", number)
    object.__setattr__(stand_in, "coderm_born", type(stand_in).coderm_conversation.changes)
    return stand_in


def make_exception(kind: Any, number: int, args: list[Any], text: str) -> BaseException:
    """Return the stand-in for an exception object."""
    if kind.coderm_several:
        kind.coderm_conversation.doubt(f"a {kind.__name__!r} is caught as exceptions of several kinds")
    error: BaseException = kind.__new__(kind, *args)
    error.args = tuple(args)
    vars(error).update(coderm_handle=number, coderm_text=text)
    return error
