"""Functions of `dataclasses` that the test applies to the program's classes and objects: the program is asked, and data come back.

Applied to anything else they are the library's own.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from ..codec.operations import DATACLASS, OPERATIONS
from ..standins.metaclass import StandInType
from ..standins.protocol import Conversation


def serve_dataclass_calls(conversation: Conversation) -> None:
    """Put functions that know stand-ins in place of the library's, for this process."""
    for name in DATACLASS:
        setattr(dataclasses, name, _asking(conversation, name, OPERATIONS[f"dataclasses.{name}"]))


def _asking(conversation: Conversation, name: str, own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def call(value: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(type(value), StandInType) and not isinstance(value, StandInType):
            return own(value, *args, **kwargs)
        found = conversation.ask(f"dataclasses.{name}", None, (value, *args), kwargs)
        return bool(found) if name == "is_dataclass" else found

    return call
