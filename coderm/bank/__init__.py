"""The test bank: tests of problems, kept by content, with provenance and statistics.

A test is never deleted: it is retired, and every version of a suite can be read again. One process writes at a time.
Never judges a program and never calls a model; the writer asks through pools it is given.
"""
