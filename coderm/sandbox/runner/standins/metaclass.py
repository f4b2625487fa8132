"""Stand-ins, in the tester, for classes and functions of the candidate, and the lookup of attributes of a stand-in."""

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..constants import TESTS_FILE
from .protocol import Conversation
from .table import Origin, answer, policy
from .value_methods import VALUE_METHODS, value_method

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
READABLE = frozenset(
    f"__{name}__" for name in ("dict", "doc", "name", "qualname", "annotations", "wrapped", "self", "func", "match_args")
)
"""Names with two underscores that library code finds at the candidate's; others are protocols that would let it act here."""


class StandInType(type):
    """Class of the stand-ins for classes. Calling one makes an object at the candidate's."""

    coderm_conversation: Conversation
    coderm_number: int
    coderm_methods: frozenset[str] = frozenset()
    coderm_own: frozenset[str] = frozenset()
    """Special methods that the candidate's class has."""
    coderm_equality = False
    """Whether objects of the class compare by more than identity."""
    coderm_origin = Origin.OTHER
    """What the test's text makes of objects that it gets by calling the class."""
    coderm_returned = False
    """True once an answer contained this class or one of its objects."""
    coderm_asking = False
    """Whether `isinstance` asks the program; see AskingType."""
    coderm_base: Any = None
    """The builtin that holds the data of its objects, if it derives from one; see content."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.coderm_conversation.ask(cls.coderm_number, None, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        if is_hidden(name, sys._getframe(1)):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return served(cls, name, sys._getframe(1), get_attribute(cls, cls, cls.coderm_number, name))

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("__") or name == "_abc_impl":  # which abstract classes, such as those of numbers, note of each other
            type.__setattr__(cls, name, value)
        else:
            set_attribute(cls, cls, name, value)

    def __dir__(cls) -> list[str]:
        return [str(name) for name in cls.coderm_conversation.ask("dir", None, (cls,), {})]

    def __iter__(cls) -> Any:
        return cls._item_question("iter")

    def __len__(cls) -> Any:
        return cls._item_question("len")

    def __getitem__(cls, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        hints = all(isinstance(part, type) or type(part).__module__ in ("types", "typing") for part in parts)
        return cls if hints and "__class_getitem__" in cls.coderm_own else cls._item_question("getitem", key)

    def _item_question(cls, operation: str, *args: Any) -> Any:
        """Ask what an enumeration answers, or a class whose own class defines the method; others raise TypeError there."""
        conversation, how = cls.coderm_conversation, policy("items of a class", cls)
        return answer(conversation, how, f"{operation} of a class", lambda: conversation.ask(operation, None, (cls, *args), {}))

    def __bool__(cls) -> bool:
        return True


class AskingType(StandInType):
    """Class of the stand-ins for protocols, abstract classes and metaclasses: their program says what is of them, with a doubt."""

    def __instancecheck__(cls, value: Any) -> bool:
        return type.__instancecheck__(cls, value) or cls._is_told("isinstance", value)

    def __subclasscheck__(cls, kind: Any) -> bool:
        return type.__subclasscheck__(cls, kind) or cls._is_told("issubclass", kind)

    def _is_told(cls, operation: str, value: Any) -> bool:
        mine = isinstance(type(value), StandInType) or isinstance(value, StandInType)
        if not mine or sys._getframe(2).f_code.co_filename.startswith(_HERE):
            return False
        told = cls.coderm_conversation.ask(operation, None, (value, cls), {}) is True
        if told:
            cls.coderm_conversation.doubt(f"{operation} of {cls.__name__!r}, which its bases do not say")
        return told


def get_attribute(owner: Any, kind: StandInType, number: int, name: str) -> Any:
    """Look up an attribute of a class or of an object, whose class is `kind`."""
    conversation = kind.coderm_conversation
    if name in kind.coderm_methods:
        found: Any = method_stub(conversation, number, name)
    else:
        found = conversation.ask("getattr", None, (owner, name), {})
    return value_method(conversation, owner, name, found) if name in VALUE_METHODS and callable(found) else found


def set_attribute(owner: Any, kind: StandInType, name: str, value: Any) -> None:
    """Set an attribute of a class or of an object, whose class is `kind`; from now on it is a method no more."""
    kind.coderm_conversation.ask("setattr", None, (owner, name, value), {})
    type.__setattr__(kind, "coderm_methods", kind.coderm_methods - {name})


def method_stub(conversation: Conversation, number: int, name: str) -> Callable[..., Any]:
    """Return a function that calls a method of an export."""

    def bound(*args: Any, **kwargs: Any) -> Any:
        return conversation.ask(number, name, args, kwargs)

    bound.__name__ = bound.__qualname__ = name
    return bound


def function_stub(conversation: Conversation, number: int, name: str) -> Callable[..., Any]:
    """Return a function that calls an export."""

    def stub(*args: Any, **kwargs: Any) -> Any:
        return conversation.ask(number, None, args, kwargs)

    stub.__name__ = stub.__qualname__ = name
    stub.coderm_handle = number  # type: ignore[attr-defined]
    return stub


def is_hidden(name: str, frame: FrameType) -> bool:
    """Whether an attribute is not looked up at the candidate's, when the code of a frame asks for it."""
    hidden = _is_protocol(name) and not name.startswith("__array")  # these are refused if the program has them
    return name.startswith("coderm_") or (hidden and frame.f_code.co_filename != TESTS_FILE)


def served(kind: StandInType, name: str, frame: FrameType, found: Any) -> Any:
    """Return what was found, but no protocol that the test does not name: library code in C asks in the frame of the test.

    A function of numpy would let the program answer in its place.
    """
    code = frame.f_code
    named = code.co_filename == TESTS_FILE and (name in code.co_names or name in code.co_consts)
    if _is_protocol(name) and not named:
        raise kind.coderm_conversation.refused(AttributeError(f"{name} of an object of the program"))
    return found


def _is_protocol(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in READABLE
