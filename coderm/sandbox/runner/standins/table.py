"""The one table of what a test may do with an object of the program, by who made the object.

Every operation is asked at the program. A row says which of its answers the table vouches for, where the program's own word could
decide a verdict. Any other answer is given to the test all the same, with a doubt: the test can still fail, but not pass.
"""

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Any

from ..constants import SOLUTION
from .protocol import Conversation


class Origin(IntEnum):
    """Who made an object."""

    OTHER = 0
    """A call returned it, and the test does not name its class."""
    NAMED = 1
    """A call returned it; or the test calls its class, and uses it no other way than a function."""
    MADE = 2
    """The test made it by calling a name that it uses as a class, and no call has returned it since."""


class Policy(Enum):
    """Which answers of the program the table vouches for."""

    NONE = "none, nor exceptions"
    ERROR = "exceptions only, as in all that follow"
    ANY = "all"
    CHECKED = "False; and True, unless another value is answered with True as well"
    FALSE = "False"
    TRUE = "True"
    OBJECT = "objects of the program, which then are never asked for a number or a truth value without a doubt"
    DATA = "all but truth values"
    NOTHING = "None"


_VOUCHED: dict[Policy, Callable[[Any], bool]] = {
    Policy.ANY: lambda found: True,
    Policy.CHECKED: lambda found: type(found) is bool,
    Policy.FALSE: lambda found: found is False,
    Policy.TRUE: lambda found: found is True,
    Policy.OBJECT: lambda found: getattr(type(found), "coderm_base", 0) is None,
    Policy.DATA: lambda found: type(found) is not bool,
    Policy.NOTHING: lambda found: found is None,
}
_NONE, _ERROR, _ANY, _CHECKED, _FALSE, _TRUE, _OBJECT, _DATA, _NOTHING = Policy
TABLE: dict[str, tuple[Policy, Policy, Policy]] = {
    # family                                made,     named,    other
    "== with a value":                      (_FALSE,   _FALSE,   _NONE),
    "== with an object of another class":   (_FALSE,   _FALSE,   _FALSE),
    "order with a value":                   (_ERROR,   _ERROR,   _NONE),
    "arithmetic with a value":              (_OBJECT,  _OBJECT,  _NONE),
    "0 + x, as in sum":                     (_OBJECT,  _OBJECT,  _OBJECT),
    "in":                                   (_CHECKED, _FALSE,   _NONE),
    "items of a class":                     (_ANY,     _ANY,     _NONE),
    "truth method":                         (_ANY,     _NONE,    _NONE),
    "adding method":                        (_ANY,     _ANY,     _NOTHING),
    "method with arguments":                (_ANY,     _ANY,     _NONE),
    "method without arguments":             (_ANY,     _ANY,     _DATA),
}  # fmt: skip
"""Methods are those named like a plain value's (`append`, `isdigit`); all others are called, whoever made the object."""


def is_value(value: Any) -> bool:
    """Whether a value is neither an object of the program nor one of a class of the test, which has a say of its own."""
    return type(value).__module__ != SOLUTION


def origin(subject: Any) -> Origin:
    """Return who made an object; a class counts as made by the test until an answer held it or one of its objects."""
    is_class = isinstance(subject, type)
    returned = subject.coderm_returned if is_class else getattr(subject, "coderm_answered", True)
    best: Origin = getattr(subject if is_class else type(subject), "coderm_origin", Origin.OTHER)
    return min(best, Origin.NAMED) if returned else best


def policy(family: str, *subjects: Any) -> Policy:
    """Return the policy for an operation on objects."""
    return TABLE[family][Origin.MADE - min(map(origin, subjects))]


def answer(conversation: Conversation, how: Policy, what: str, question: Callable[[], Any]) -> Any:
    """Return the program's answer to a question, with a doubt unless the policy vouches for it."""
    if how is Policy.NONE:
        conversation.doubt(what)
    found = question()
    if how in (Policy.NONE, Policy.ERROR) or not _VOUCHED[how](found):
        conversation.doubt(what)
    return found
