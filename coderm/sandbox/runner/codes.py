"""Outcome codes on the wire; equal to coderm.messages.Outcome (a unit test compares the two)."""

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

SHARED = 0
"""Index of shared grading in coderm.messages.GRADINGS."""
ISOLATED = 1
"""Index of isolated grading there."""
