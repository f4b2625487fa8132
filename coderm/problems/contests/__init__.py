"""Records of contest data sets: input and output cases of programs, or calls of a function; one file per data set.

A record that contradicts itself, or whose verdicts could not be trusted, is a reject of a named kind that is counted; it is never a
problem that everybody passes or nobody. Rows stream. Nothing of a record is executed.
"""
