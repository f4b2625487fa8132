"""The RPC connection to the candidate, as stand-ins see it."""

from typing import Any, Protocol


class CandidateGone(BaseException):
    """The candidate has gone or broke the protocol; no test may catch that and pass."""


class Conversation(Protocol):
    """What a stand-in needs of the conversation."""

    changes: int
    """How many calls there were that may have changed objects of the candidate."""
    reading: int
    """Above 0 while an answer is read: the candidate's own `__eq__` is not called then."""

    invented: bool
    """Whether a value that is asked about is none of the test's."""

    @property
    def one_by_one(self) -> bool:
        """Whether iterators are read ahead no further than asked for."""

    def ask(self, target: int | str, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call an export, a method of one, or an operation; return the result or raise the exception."""

    def field(self, name: Any, value: Any) -> Any:
        """Return the value for a field of a namedtuple, given the value that was read."""

    def refused(self, error: BaseException) -> BaseException:
        """Record that something cannot be served, and return the error to be raised. The test is unserved, whatever comes out."""

    def doubt(self, what: str) -> None:
        """Record that the program's own word decides something. The test cannot pass any more; it can still fail."""
