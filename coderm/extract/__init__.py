"""Reading model output: programs and unit tests out of whatever a model wrote.

Pure functions from text to a frozen value: no I/O, no clock, never an exception whatever the text, never running it.
`extract_*` takes a model's answer and gives clean code or a Rejection with a typed reason. Decisions are made on the syntax tree;
the text itself is kept line by line, so that comments survive.
"""

from coderm.extract.cases.answer import AnsweredCases, CaseFault, extract_cases
from coderm.extract.extracted import Extracted
from coderm.extract.programs.program import extract_program
from coderm.extract.programs.script import extract_script
from coderm.extract.rejection import Reason, Rejection
from coderm.extract.unit_tests.unit_test import extract_unit_test

__all__ = [
    "AnsweredCases",
    "CaseFault",
    "Extracted",
    "Reason",
    "Rejection",
    "extract_cases",
    "extract_program",
    "extract_script",
    "extract_unit_test",
]
