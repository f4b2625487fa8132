"""Builds stand-in classes from the candidate's description: a name, bases, methods, special methods, flags."""

import dis
import sys
import types
from abc import ABCMeta
from typing import Any

from ..codec.kinds import CONTENT
from ..codec.references import library_class
from ..constants import SOLUTION
from .consistency import contains, iterate
from .content import ContentObject, local_base, members
from .metaclass import AskingType, StandInType
from .objects import ExceptionStandIn, StandIn
from .operators import SPECIAL_METHODS
from .protocol import Conversation


def make_class(
    conversation: Conversation,
    number: int,
    name: str,
    *,
    bases: list[Any],
    methods: Any,
    specials: Any,
    flags: Any,
    content: Any = (),
) -> Any:
    """Return the stand-in for a class, with the special methods the candidate's class has and this side may offer."""
    raised = [base for base in bases if isinstance(base, type) and issubclass(base, BaseException)]
    above: list[Any] = raised if raised else [base for base in bases if isinstance(base, StandInType)]
    made: dict[str, Any] = {}
    own = {*map(str, specials)}.union(*(base.coderm_own for base in above if not raised))
    base = None if raised or not content else local_base(content)
    if base is not None:
        made = members(base, own, content[2]) | {"coderm_base": CONTENT[content[0]]}
    elif not raised:
        made = {special: SPECIAL_METHODS[special] for special in specials if special in SPECIAL_METHODS}
        made |= _by_items(made)
    if name == "function":  # one that has attributes, such as a wrapper
        made["__get__"] = _bound
    made |= {"coderm_conversation": conversation, "coderm_number": number}
    made |= {"coderm_methods": frozenset(map(str, methods)), "coderm_own": frozenset(own)}
    made |= {"coderm_equality": bool(flags[0]), "__module__": SOLUTION}
    if not flags[1] and not raised:
        made["__hash__"] = None
    made["coderm_asking"] = bool(flags[2])
    library = [found for parts in flags[3] if (found := library_class(*parts)) is not None]
    if raised and several_lines(raised):
        made["coderm_several"] = True
    return _make_class(name, *_bases(raised, above, base), made, library)


def _bases(raised: list[Any], above: list[Any], base: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the bases of a class, and simpler ones where Python would not combine these."""
    if raised:
        mixed = () if any(issubclass(one, ExceptionStandIn) for one in raised) else (ExceptionStandIn,)
        return (*mixed, *raised), (*mixed, raised[0])
    if base is None:
        return tuple(above) or (StandIn,), (StandIn,)
    inherited = any(issubclass(one, base) for one in above)
    return (*above, *(() if inherited else (base, ContentObject))), (base, ContentObject)


def _bound(self: Any, owner: Any, kind: Any = None) -> Any:
    """A function of the program decorates a method of a class of the test."""
    return self if owner is None else types.MethodType(self, owner)


def _by_items(made: dict[str, Any]) -> dict[str, Any]:
    """Return `__contains__` and `__iter__`, as Python derives them for a class that can be iterated or indexed."""
    if "__iter__" not in made and "__getitem__" not in made:
        return {}
    return {"__contains__": made.get("__contains__", contains(own=False)), "__iter__": made.get("__iter__", iterate)}


def _make_class(name: str, bases: tuple[Any, ...], simpler: tuple[Any, ...], made: dict[str, Any], library: list[Any]) -> Any:
    """Make the class; its objects are said to be of the classes `library`, which any program may make objects of."""
    concrete = next((one for one in library if not isinstance(one, ABCMeta)), None)
    if concrete is not None:
        own = concrete.__name__ == name and concrete is library[0]
        made["__class__"] = property(lambda self: concrete if own or _is_checked(sys._getframe(1)) else type(self))
    kinds = [
        AskingType if made["coderm_asking"] else StandInType,
        *(type(base) for base in bases if not issubclass(StandInType, type(base))),
    ]
    kind: Any = max(kinds, key=lambda kind: issubclass(kind, StandInType))
    kind = types.new_class("StandInType", (StandInType, kinds[-1])) if not issubclass(kinds[-1], StandInType) else kinds[-1]
    try:
        found = kind(name, bases, dict(made))
    except TypeError:  # bases that Python would not combine
        found = kind(name, simpler, dict(made))
    for abstract in library:
        if isinstance(abstract, ABCMeta):
            abstract.register(found)
    return found


def _is_checked(frame: types.FrameType) -> bool:
    """Whether code asks for `__class__` by `isinstance`, and not for itself."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] not in ("LOAD_ATTR", "LOAD_METHOD")


def several_lines(raised: list[type]) -> bool:
    """Whether a class would meet expectations of unrelated exceptions, such as ValueError and KeyError."""
    known = [
        next(above for above in base.__mro__ if above.__module__ != SOLUTION and above is not ExceptionStandIn) for base in raised
    ]
    builtin = {above for base in known for above in base.__mro__ if above.__module__ == "builtins"} - {
        Exception,
        BaseExceptionGroup,
    }
    return any(kinds and not any(all(issubclass(one, other) for other in kinds) for one in kinds) for kinds in (known, builtin))
