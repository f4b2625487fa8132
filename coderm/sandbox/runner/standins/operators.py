"""Special methods of stand-ins: operators of the test on objects of the candidate.

The candidate is asked, and the table says when its own word is doubted.
"""

import dis
import random
from collections.abc import Callable
from typing import Any

from ..codec.operations import ABSENT, BINARY, KEYED, MEASURES, ORDERING, REFLECTED, SIGNS, UNARY
from ..constants import TESTS_FILE
from .consistency import contains, iterate, length
from .objects import StandIn, are_fresh, ask, doubt, record_of, refused, vouch
from .protocol import CandidateGone
from .table import is_value, policy

_TIMES = ("mul", "imul", "matmul", "imatmul")
"""What an object is multiplied by is hardly ever what the test expects it to be."""
_RAISE = dis.opmap["RAISE_VARARGS"]
_chance = random.SystemRandom()
"""A generator of its own: a test may seed the common one."""


def _asked(operation: str) -> Callable[..., Any]:
    def special(self: Any, *args: Any) -> Any:
        return ask(operation, self, *args)

    return special


def _sign(operation: str) -> Callable[[Any], Any]:
    def special(self: Any) -> Any:
        return _inherit_measured(ask(operation, self), (self,))

    return special


def _measure(operation: str) -> Callable[..., Any]:
    def special(self: Any, *args: Any) -> Any:
        if self.coderm_measured:
            doubt(self, f"{operation} of an object that was computed from a value of the test")
        found = ask(operation, self, *args)
        left, right = self.coderm_difference
        _check_difference(self, left, right, found)
        return found

    return special


def _binary(operation: str, *, reflected: bool = False) -> Callable[[Any, Any], Any]:
    def special(self: Any, other: Any) -> Any:
        operands = (other, self) if reflected else (self, other)
        if isinstance(other, StandIn):
            found = _inherit_measured(ask(operation, *operands), operands)
            if operation in ("sub", "isub"):
                if isinstance(found, StandIn) and type(found).coderm_base is None:
                    object.__setattr__(found, "coderm_difference", operands)
                _check_difference(self, *operands, found)
            return found
        if not is_value(other) or (reflected and isinstance(other, list | bytearray) and hasattr(type(self), "__iter__")):
            return NotImplemented  # a class of the test has a say of its own, and lists take any iterable by +=
        starts = operation == "add" and reflected and type(other) is int and other == 0
        how = policy("0 + x, as in sum" if starts else "arithmetic with a value", self)
        found = vouch(how, operation, *operands)
        content = getattr(type(found), "coderm_base", None) is not None
        told = operation in ("sub", "isub") or not (starts or operation in _TIMES)
        if isinstance(found, StandIn) and not content and told:
            object.__setattr__(found, "coderm_measured", True)
        elif _is_nothing(operation, found) or (content and operation in ("sub", "isub")):
            doubt(self, "a difference to a value of the test that is next to nothing")
        return found

    return special


def _check_difference(subject: Any, left: Any, right: Any, found: Any) -> None:
    """Doubt a number for the difference of two objects that says that both are nearly equal, where their fields are not."""
    if left is not right and _is_nothing("sub", found) and record_of(left) != record_of(right):
        doubt(subject, "a difference of objects with different fields that is next to nothing")


def _is_nothing(operation: str, found: Any) -> bool:
    """Whether a difference says that both are nearly equal."""
    return operation in ("sub", "isub") and isinstance(found, int | float) and (isinstance(found, StandIn) or abs(found) < 1)


def _inherit_measured(found: Any, operands: tuple[Any, ...]) -> Any:
    if any(operand.coderm_measured for operand in operands):
        if isinstance(found, StandIn) and type(found).coderm_base is None:
            object.__setattr__(found, "coderm_measured", True)
        else:
            doubt(operands[0], "what an operator made of an object that was computed from a value of the test")
    return found


def _order(operation: str) -> Callable[[Any, Any], Any]:
    def special(self: Any, other: Any) -> Any:
        if not isinstance(other, StandIn):
            return vouch(policy("order with a value", self), operation, self, other) if is_value(other) else NotImplemented
        return consistent(operation, self, other)

    return special


def consistent(operation: str, left: Any, right: Any) -> Any:
    """Ask for an order both ways, in an order that the candidate cannot know; both true is no order of different objects."""
    answers = {}
    for turned in _chance.sample((False, True), 2):
        answers[turned] = ask(operation, right, left) if turned else ask(operation, left, right)
    told, back = answers[False], answers[True]
    if left.coderm_measured or right.coderm_measured or isinstance(told, StandIn):
        doubt(left, "an order of objects that were computed from values of the test, or that is no truth value")
    elif told and back and (operation in ("lt", "gt") or not (are_fresh(left, right) or record_of(left) == record_of(right))):
        doubt(left, f"{operation} that holds both ways")
    return told


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    return type(self).coderm_conversation.ask(self.coderm_handle, None, args, kwargs)


def _enter(self: Any) -> Any:
    return type(self).coderm_conversation.ask(self.coderm_handle, "__enter__", (), {})


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> bool:
    """Leave a block: any exception but one that the test raises may show the program wrong; it sees no failed assertion's text."""
    kind, shown = (AssertionError, AssertionError()) if isinstance(error, AssertionError) else (kind, error)
    allowed = error is None or _is_raised(error, trace)
    turned = allowed or (hasattr(error, "coderm_lines") and not isinstance(error, AssertionError))
    try:
        answer = bool(type(self).coderm_conversation.ask(self.coderm_handle, "__exit__", (kind, shown, None), {}))
    except CandidateGone:
        raise
    except BaseException:
        if not turned:  # an exception of a call of the program it may turn into another
            doubt(self, f"an exception in place of {type(error).__name__}")
        raise
    if answer and not allowed:
        doubt(self, f"a context manager that ends {type(error).__name__}")
    return answer


def _is_raised(error: Any, trace: Any) -> bool:
    """Whether a `raise` of the test raised an exception, which is no failed assertion."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or not isinstance(error, Exception) or isinstance(error, AssertionError):
        return False
    code = trace.tb_frame.f_code
    return bool(code.co_filename == TESTS_FILE and code.co_code[trace.tb_lasti] == _RAISE)


def _refused_method(name: str) -> Callable[..., Any]:
    def special(self: Any, *args: Any) -> Any:
        raise refused(self, TypeError(f"{name} of an object of the program"))

    return special


SPECIAL_METHODS: dict[str, Any] = (
    {name: _asked(operation) for name, operation in UNARY.items()}
    | {name: _sign(operation) for name, operation in SIGNS.items()}
    | {name: _measure(operation) for name, operation in MEASURES.items()}
    | {name: _binary(operation) for name, operation in BINARY.items()}
    | {name: _binary(operation, reflected=True) for name, operation in REFLECTED.items()}
    | {name: _order(operation) for name, operation in ORDERING.items()}
    | {name: _asked(operation) for name, operation in KEYED.items()}
    | {name: _refused_method(name) for name in ABSENT}
    | {"__len__": length, "__iter__": iterate, "__contains__": contains(own=True)}
    | {"__call__": _call, "__enter__": _enter, "__exit__": _exit}
)
"""By name; a stand-in class has those that the candidate's class has."""
