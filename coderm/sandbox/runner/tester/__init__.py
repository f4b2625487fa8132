"""Tester: the side that executes the test and asks the candidate.

The program is never executed here.
Never takes the candidate's word for an outcome.
"""
