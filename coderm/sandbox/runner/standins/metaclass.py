"""Stand-ins, in the tester, for classes and functions of the candidate, and the lookup of attributes of a stand-in."""

from collections.abc import Callable
from typing import Any

from .protocol import Conversation
from .value_methods import is_refused, refusing_method

READABLE = frozenset(
    f"__{name}__" for name in ("dict", "doc", "name", "qualname", "annotations", "wrapped", "self", "func", "match_args")
)
"""Names with two underscores that are looked up at the candidate's; others are protocols that would let it act here."""


class StandInType(type):
    """Class of the stand-ins for classes. Calling one makes an object at the candidate's."""

    coderm_conversation: Conversation
    coderm_number: int
    coderm_methods: frozenset[str] = frozenset()
    coderm_own: frozenset[str] = frozenset()
    """Special methods that the candidate's class has."""
    coderm_equality = False
    """Whether objects of the class compare by more than identity."""
    coderm_tested = False
    """Whether the test uses the class under a capitalised name, so that its methods may have any name."""
    coderm_returned = False
    """True once an answer contained this class or one of its objects."""
    coderm_base: Any = None
    """The builtin that holds the data of its objects, if it derives from one; see content."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.coderm_conversation.ask(cls.coderm_number, None, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        if is_hidden(name):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return get_attribute(cls, cls, cls.coderm_number, name, answered=cls.coderm_returned)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("__") or name == "_abc_impl":  # which abstract classes, such as those of numbers, note of each other
            type.__setattr__(cls, name, value)
        else:
            cls.coderm_conversation.ask("setattr", None, (cls, name, value), {})

    def __dir__(cls) -> list[str]:
        return [str(name) for name in cls.coderm_conversation.ask("dir", None, (cls,), {})]


class EnumStandInType(StandInType):
    """Class of the stand-ins for enumerations."""

    def __iter__(cls) -> Any:
        return cls.coderm_conversation.ask("iter", None, (cls,), {})

    def __len__(cls) -> int:
        return int(cls.coderm_conversation.ask("len", None, (cls,), {}))

    def __getitem__(cls, name: Any) -> Any:
        return cls.coderm_conversation.ask("getitem", None, (cls, name), {})

    def __bool__(cls) -> bool:
        return True


def get_attribute(owner: Any, kind: StandInType, number: int, name: str, *, answered: bool) -> Any:
    """Look up an attribute of a class or of an object, whose class is `kind`; see value_methods for what is not called."""
    conversation = kind.coderm_conversation
    refused = is_refused(name, tested=kind.coderm_tested, answered=answered)
    if name in kind.coderm_methods and not refused:
        return method_stub(conversation, number, name)
    found = conversation.ask("getattr", None, (owner, name), {})
    if not (refused and callable(found)):
        return found
    return refusing_method(
        conversation, kind.__name__, name, method_stub(conversation, number, name) if kind.coderm_tested else None
    )


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


def is_hidden(name: str) -> bool:
    return name.startswith("coderm_") or (name.startswith("__") and name.endswith("__") and name not in READABLE)
