"""A model's text as read back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace


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
    further: tuple[tuple[str, str], ...] = ()
    """Code and key of what else the text holds: a text of a test writer may hold several cases."""

    def parts(self) -> "Iterator[Sample]":
        """Yield what the text holds, one sample each; the raw text and its tokens are the first one's."""
        yield replace(self, further=()) if self.further else self
        for code, key in self.further:
            yield Sample("", code, key, finish=self.finish)
