"""Why a text is no program or no unit test: one reason per rejected text, counted in a run's summary."""

import enum
from dataclasses import dataclass

from coderm.extract.syntax.parsing import NO_UNICODE, TOO_DEEP, BadSyntax

MAX_DETAIL = 200  # characters: enough for a syntax error's message, too little to copy a program into a log


class Reason(enum.StrEnum):
    """What is wrong with a text."""

    EMPTY = "empty"
    """Nothing but white space."""
    TOO_LARGE = "too_large"
    """Longer than any model writes, or nested deeper than Python reads."""
    NO_CODE = "no_code"
    """Prose only."""
    SYNTAX_ERROR = "syntax_error"
    """The part that counts is not Python."""
    LONE_SURROGATE = "lone_surrogate"
    """The part that counts holds half a character, which Python refuses in source."""
    TRUNCATED = "truncated"
    """The text ends in the middle of the part that counts."""
    NO_ENTRY_POINT = "no_entry_point"
    """Python, but the function asked for is not in it."""
    NO_BODY = "no_body"
    """The function asked for is a stub: signature and docstring only."""
    NO_TEST_CLASS = "no_test_class"
    """Python, but neither a TestCase nor a test function nor an assertion."""
    NO_TESTS = "no_tests"
    """A TestCase without a test method: it would pass everything."""
    NO_ASSERTIONS = "no_assertions"
    """Tests that check nothing."""
    NO_CALL = "does_not_call_entry_point"
    """Tests of something else."""
    FOREIGN_MODULE = "foreign_module"
    """Tests that need a test framework which no sandbox has."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A text that cannot be used; `detail` is bounded and never holds the text itself."""

    reason: Reason
    detail: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", self.detail[:MAX_DETAIL])


def refused_by_python(error: BadSyntax) -> Rejection:
    """Name the reason behind what the parser or the compiler said."""
    reasons = {TOO_DEEP: Reason.TOO_LARGE, NO_UNICODE: Reason.LONE_SURROGATE}
    return Rejection(reasons.get(error.message, Reason.SYNTAX_ERROR), error.message)
