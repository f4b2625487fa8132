"""Outcome codes on the wire; equal to coderm.messages.execution.Outcome (a unit test compares the two)."""

import re
import typing
from collections.abc import Callable

MAX_TEXT = 2_000_000
"""Longest text that is compiled, characters; the longest model output is a hundredth of it."""


UIDS = 32_768
"""Uids one server cycles through, from its base."""


SOLUTION = "solution"


PROGRAM_FILE = "<solution>"


TESTS_FILE = "<tests>"


STACK_MARGIN = 200
"""Levels of recursion a session keeps back: more than an import or a specialised call can save."""


CACHES: tuple[Callable[[], object], ...] = (re.purge, *typing._cleanups)  # type: ignore[attr-defined]
"""What empties the caches of the library that are keyed by values of the texts."""


LOST = 0
PASSED = 1
FAILED = 2
ERROR = 3
TIMEOUT = 4
MEMORY = 5
OUTPUT_LIMIT = 6
SKIPPED = 7
NO_TESTS = 8
TAMPERED = 9
LEFT_OUT = 10
UNSERVED = 11
EXIT_STATUS = 12

SHARED = 0
"""Index of shared grading in coderm.messages.execution.GRADINGS."""
ISOLATED = 1
"""Index of isolated grading there."""


MAX_CHUNK = 256
"""Most items of an iterator that cross at once; the first ones cross alone."""


def word_set(text: str) -> frozenset[str]:
    """Return the set of the words of a text."""
    return frozenset(text.split())
