"""What can be wrong with a record, by name: such a record is no problem, and is counted."""

import enum
from dataclasses import dataclass

MAX_DETAIL = 200
"""Characters: enough for a parser's message, too little to copy a record into a log."""


class RecordFault(enum.StrEnum):
    """Why a record is no problem."""

    NO_QUESTION = "no_question"
    """Nothing is asked."""
    NO_TESTS = "no_tests"
    """No case at all: everybody would pass."""
    UNREADABLE = "unreadable"
    """Its tests are no JSON, or not of the shape that the data set has."""
    UNEQUAL_COUNTS = "unequal_counts"
    """Not as many outputs as inputs."""
    CONTRADICTORY = "contradictory"
    """It says both: a function is called, and standard input is read; or its starter code is a function that no test names."""
    BAD_NAME = "bad_function_name"
    """The function's name is no name."""
    EMPTY_OUTPUTS = "empty_outputs"
    """Every expected output is blank: a program that does nothing would pass."""
    CONFLICTING_OUTPUTS = "conflicting_outputs"
    """One input with two expected outputs: nobody can pass."""
    CUT_OFF = "cut_off"
    """Every case is cut off and ends with dots: no right program passes."""
    NEEDS_CHECKER = "needs_checker"
    """Several outputs are right, and no checker is known that can run here."""
    INTERACTIVE = "interactive"
    """The program talks with a judge."""
    FILE_MODE = "file_mode"
    """The program reads or writes named files."""


@dataclass(frozen=True, slots=True)
class RecordReject:
    """A record that is no problem; `detail` is bounded and never holds its texts."""

    fault: RecordFault
    detail: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", self.detail[:MAX_DETAIL])


class FaultyRecord(Exception):
    """Raised inside a reader where a record cannot go on; never leaves it."""

    def __init__(self, fault: RecordFault, detail: str = "") -> None:
        super().__init__(fault.value)
        self.reject = RecordReject(fault, detail)
