"""Scoring: programs of one problem against one suite, without a run directory.

Owns what to run next for each program, the cache of verdicts, what is done about lost blocks, and who is admitted.
A verdict does not depend on how a matrix was cut into blocks, on what the cache held, or on who else asked.
Knows no Ray: blocks go through a function that is given.
"""
