"""What extraction finds in a text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extracted:
    """One candidate or unit test: complete module text, and the content key that duplicates share."""

    code: str
    key: str
