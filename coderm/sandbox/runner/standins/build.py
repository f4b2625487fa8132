"""Builds stand-in classes from the candidate's description: a name, bases, methods, special methods, flags."""

import types
from typing import Any

from ..codec.operations import REFLECTED
from ..constants import SOLUTION
from .consistency import contains, iterate
from .metaclass import StandInType
from .objects import ExceptionStandIn, StandIn
from .operators import SPECIAL_METHODS
from .protocol import Conversation


def make_class(
    conversation: Conversation, number: int, name: str, *, enum: bool, bases: list[Any], methods: Any, specials: Any, flags: Any
) -> Any:
    """Return the stand-in for a class, with the special methods the candidate's class has and this side may offer."""
    raised = [base for base in bases if isinstance(base, type) and issubclass(base, BaseException)]
    above = raised if raised else [base for base in bases if isinstance(base, StandInType)]
    offered = (*specials, *REFLECTED) if flags[2] else specials  # texts and lists join from the left only
    made = {special: SPECIAL_METHODS[special] for special in offered if special in SPECIAL_METHODS and not raised}
    if not raised:
        made |= _by_items(made)
    if name == "function":  # one that has attributes, such as a wrapper
        made["__get__"] = _bound
    made |= {"coderm_conversation": conversation, "coderm_number": number}
    made |= {"coderm_methods": frozenset(map(str, methods)), "coderm_own": frozenset(map(str, specials))}
    made |= {"coderm_equality": bool(flags[0]), "coderm_content": bool(flags[2]), "__module__": SOLUTION, "__slots__": ()}
    if not flags[1] and not raised:
        made["__hash__"] = None
    if raised:
        made.pop("__slots__")
        if _several_lines(raised):
            made["coderm_several"] = True
        mixed = () if any(issubclass(base, ExceptionStandIn) for base in raised) else (ExceptionStandIn,)
        return _make_class(name, (*mixed, *raised), (*mixed, raised[0]), made)
    return _make_class(name, tuple(above) or (StandIn,), (StandIn,), made)


def _bound(self: Any, owner: Any, kind: Any = None) -> Any:
    """A function of the program decorates a method of a class of the test."""
    return self if owner is None else types.MethodType(self, owner)


def _by_items(made: dict[str, Any]) -> dict[str, Any]:
    """Return `__contains__` and `__iter__`, as Python derives them for a class that can be iterated or indexed."""
    if "__iter__" not in made and "__getitem__" not in made:
        return {}
    return {"__contains__": made.get("__contains__", contains(own=False)), "__iter__": made.get("__iter__", iterate)}


def _make_class(name: str, bases: tuple[Any, ...], simpler: tuple[Any, ...], made: dict[str, Any]) -> Any:
    try:
        return StandInType(name, bases, dict(made))
    except TypeError:  # bases that Python would not combine
        return StandInType(name, simpler, dict(made))


def _several_lines(raised: list[type]) -> bool:
    """Whether a class would meet expectations of unrelated exceptions, such as ValueError and KeyError."""
    known = [
        next(above for above in base.__mro__ if above.__module__ != SOLUTION and above is not ExceptionStandIn) for base in raised
    ]
    return not any(all(issubclass(one, other) for other in known) for one in known)
