"""Problems: the starter set and the readers of benchmark files, all giving `Problem`."""

from coderm.problems.load import read_problems

__all__ = ["read_problems"]
