"""Whose call an idempotency key is, as the keeper of keys tells the replicas of a service."""

from dataclasses import dataclass
from typing import Literal

State = Literal["mine", "answered", "elsewhere", "other_content"]


@dataclass(frozen=True, slots=True)
class Claim:
    """mine: the caller judges it. answered: `answer` is what was said. elsewhere: another caller judges it just now.

    other_content: the key came with another body before.
    """

    state: State
    answer: bytes = b""
