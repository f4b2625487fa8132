"""Stand-ins, in the tester, for classes and functions of the candidate, and how an attribute of what stands in is looked up."""

from collections.abc import Callable
from typing import Any

from .protocol import Asks
from .value_methods import forbidden, refusing

READABLE = frozenset(
    f"__{name}__" for name in ("dict", "doc", "name", "qualname", "annotations", "wrapped", "self", "func", "match_args")
)
"""Names with two underscores that are looked up at the candidate's; others are protocols that would let it act here."""


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
        if hidden(name):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return attribute(cls, cls, cls.coderm_number, name, answered=cls.coderm_returned)

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


def attribute(owner: Any, kind: Kind, number: int, name: str, *, answered: bool) -> Any:
    """Look up an attribute of a class or of an object, whose class is `kind`; see judging for what is not called."""
    asks = kind.coderm_asks
    judging = forbidden(name, tested=kind.coderm_tested, answered=answered)
    if name in kind.coderm_methods and not judging:
        return method(asks, number, name)
    found = asks.ask("getattr", None, (owner, name), {})
    if not (judging and callable(found)):
        return found
    return refusing(asks, kind.__name__, name, method(asks, number, name) if kind.coderm_tested else None)


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


def hidden(name: str) -> bool:
    return name.startswith("coderm_") or (name.startswith("__") and name.endswith("__") and name not in READABLE)
