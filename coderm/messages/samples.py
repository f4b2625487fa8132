"""A model's text as read back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of a model as read back: `code` and its normalised `key`, or a typed `rejected` reason and no code."""

    raw: str
    code: str = ""
    key: str = ""
    rejected: str = ""
    tokens: int = 0
    finish: str = "stop"
    mean_logprob: float | None = None
