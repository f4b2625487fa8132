"""What the tests of the bank are built from."""

import numpy as np

from coderm.bank.records import NewTest, Provenance
from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases, UnitTests

PROBLEM = Problem("p/0", "Add two numbers.", "add")
GIVEN = UnitTests(("test a", "test b", "test a"))
CASES = Cases((Case("1 2\n", "3\n"), Case("\ud800", "\udfff")), Comparison("allclose", 0.1, 0.2), "allowed")


def written(*texts):
    """Generated tests with these texts."""
    return [NewTest(text, text, Provenance("generated", "tiny", "hash", 7, place, "run")) for place, text in enumerate(texts)]


def verdicts(*rows):
    """Outcomes of a group, a text for each program: `p` passed, `f` failed, `e` error, `l` lost, `o` left out, `u` unserved."""
    codes = {"p": 1, "f": 2, "e": 3, "l": 0, "o": 10, "u": 11}
    return np.array([[codes[cell] for cell in row] for row in rows], np.int8).reshape(len(rows), -1)


class Ticks:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        self.now += 1
        return self.now
