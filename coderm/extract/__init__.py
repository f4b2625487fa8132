"""Reading model output: programs and unit tests out of whatever a model wrote.

Pure functions from text to a frozen value: no I/O, no clock, never an exception whatever the text, never running it.
`extract_*` takes a model's answer and gives clean code or a Rejection with a typed reason; `read_*` takes code that a user
recorded, keeps it verbatim and never rejects it, since its position matters. Decisions are made on the syntax tree; the text
itself is kept line by line, so that comments survive.
"""

from coderm.extract.programs.program import Program, extract_program, read_program
from coderm.extract.rejection import Reason, Rejection
from coderm.extract.unit_tests.unit_test import UnitTest, extract_unit_test, read_unit_test

__all__ = [
    "Program",
    "Reason",
    "Rejection",
    "UnitTest",
    "extract_program",
    "extract_unit_test",
    "read_program",
    "read_unit_test",
]
