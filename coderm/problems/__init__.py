"""Problems: the starter set, one reader per benchmark format, and the readers of a user's programs and tests.

A bad row is one line with its place and the remedy; what a benchmark grants its programs is part of its problems.
Never runs what it reads.
"""

from coderm.problems.load import read_problems

__all__ = ["read_problems"]
