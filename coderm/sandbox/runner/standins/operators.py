"""Special methods of stand-ins: operators of the test on objects of the candidate.

No comparison the test makes is decided by the candidate's own operators. A value of the test is sent as an operand only to objects
of classes that the test names, and only an object may come back. That object is compared on data; it is never asked for a number
or a truth. Orders must not contradict themselves.
"""

import random
from collections.abc import Callable
from typing import Any

from ..codec.operations import ABSENT, BINARY, KEYED, MEASURES, ORDERING, REFLECTED, SIGNS, UNARY
from .consistency import contains, iterate, length
from .context_managers import exception_shown, may_swallow, raised_by_program
from .objects import StandIn, ask, record_of, refused
from .protocol import CandidateGone

_chance = random.SystemRandom()
"""A generator of its own: a test may seed the common one."""


def _refused(stand_in: Any, text: str) -> BaseException:
    return refused(stand_in, TypeError(text))


def _plain(value: Any) -> bool:
    return type(value).__module__ == "builtins"


def _unary(operation: str) -> Callable[[Any], Any]:
    def special(self: Any) -> Any:
        return ask(operation, self)

    return special


def _sign(operation: str) -> Callable[[Any], Any]:
    def special(self: Any) -> Any:
        return _inherit_measured(ask(operation, self), (self,))

    return special


def _measure(operation: str) -> Callable[..., Any]:
    def special(self: Any, *args: Any) -> Any:
        if self.coderm_measured:
            raise _refused(self, f"{operation} of an object that was computed from a value of the test")
        return ask(operation, self, *args)

    return special


def _binary(operation: str, *, reflected: bool = False) -> Callable[[Any, Any], Any]:
    def special(self: Any, other: Any) -> Any:
        operands = (other, self) if reflected else (self, other)
        if isinstance(other, StandIn):
            return _inherit_measured(ask(operation, *operands), operands)
        starts = operation == "add" and reflected and type(other) is int and other == 0  # how sum() begins
        if not (type(self).coderm_tested or starts):
            if _plain(other) and not (reflected and isinstance(other, list | bytearray)):  # which take any iterable by +=
                _refused(self, f"{operation} of an object and a value of the test")
            return NotImplemented
        found = ask(operation, *operands)
        if not isinstance(found, StandIn) or type(found).coderm_base is not None:  # which would be computed on here
            raise _refused(self, f"{operation} of an object and a value of the test gave no object")
        object.__setattr__(found, "coderm_measured", True)
        return found

    return special


def _inherit_measured(found: Any, operands: tuple[Any, ...]) -> Any:
    if isinstance(found, StandIn) and any(operand.coderm_measured for operand in operands):
        object.__setattr__(found, "coderm_measured", True)
    return found


def _order(operation: str) -> Callable[[Any, Any], Any]:
    def special(self: Any, other: Any) -> Any:
        if not isinstance(other, StandIn):
            return _unordered(operation, self, other)
        if self.coderm_measured or other.coderm_measured:
            raise _refused(self, "an order of objects that were computed from values of the test")
        return consistent(operation, self, other)

    return special


def _unordered(operation: str, left: Any, right: Any) -> Any:
    """An object has no order with a value of the test: an exception of its class rises, and its answer is refused."""
    if not _plain(right):
        return NotImplemented
    if type(left).coderm_tested:
        ask(operation, left, right)
    raise _refused(left, f"{operation} of an object and a value of the test")


def consistent(operation: str, left: Any, right: Any) -> bool:
    """Ask for an order both ways, in an order that the candidate cannot know; both true is no order of different objects."""
    if _chance.random() < 0.5:
        answer = _truth(operation, left, right)
        back = _truth(operation, right, left)
    else:
        back = _truth(operation, right, left)
        answer = _truth(operation, left, right)
    if answer and back and (operation in ("lt", "gt") or record_of(left) != record_of(right)):
        raise _refused(left, f"{operation} holds both ways")
    return answer


def _truth(operation: str, left: Any, right: Any) -> bool:
    found = ask(operation, left, right)
    if isinstance(found, StandIn):
        raise _refused(left, f"{operation} gave no truth")
    return bool(found)


def _keyed(operation: str) -> Callable[..., Any]:
    def special(self: Any, *args: Any) -> Any:
        return ask(operation, self, *args)

    return special


def _class_itself(cls: Any, hint: Any) -> Any:
    """`Stack[int]` is the class itself: type arguments are dropped."""
    return cls


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    return type(self).coderm_conversation.ask(self.coderm_handle, None, args, kwargs)


def _enter(self: Any) -> Any:
    return type(self).coderm_conversation.ask(self.coderm_handle, "__enter__", (), {})


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> bool:
    kind, shown = exception_shown(kind, error)
    allowed = error is None or may_swallow(error, trace)
    try:
        answer = type(self).coderm_conversation.ask(self.coderm_handle, "__exit__", (kind, shown, None), {})
    except CandidateGone:
        raise
    except BaseException:
        if allowed or raised_by_program(error):
            raise
        answer = True
    if answer and not allowed:
        _refused(self, f"a context manager ends {type(error).__name__}")
    return bool(answer) and allowed


def _refused_method(name: str) -> Callable[..., Any]:
    def special(self: Any, *args: Any) -> Any:
        raise _refused(self, f"{name} of an object of the program")

    return special


SPECIAL_METHODS: dict[str, Any] = (
    {name: _unary(operation) for name, operation in UNARY.items()}
    | {name: _sign(operation) for name, operation in SIGNS.items()}
    | {name: _measure(operation) for name, operation in MEASURES.items()}
    | {name: _binary(operation) for name, operation in BINARY.items()}
    | {name: _binary(operation, reflected=True) for name, operation in REFLECTED.items()}
    | {name: _order(operation) for name, operation in ORDERING.items()}
    | {name: _keyed(operation) for name, operation in KEYED.items()}
    | {name: _refused_method(name) for name in ABSENT}
    | {"__len__": length, "__iter__": iterate, "__contains__": contains(own=True), "__class_getitem__": classmethod(_class_itself)}
    | {"__call__": _call, "__enter__": _enter, "__exit__": _exit}
)
"""By name; a stand-in class has those that the candidate's class has."""
