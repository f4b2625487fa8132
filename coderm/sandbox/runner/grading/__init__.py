"""Grading: rows of pairs under shared or isolated grading, from sealed texts to typed verdicts.

A pass needs proof from the process that ran the test.
Never executes program or test in its own process.
"""
