"""Candidate: the side that executes the program and answers questions about it.

It runs under its own uid and has never seen the test.
Never sends anything but plain data.
"""
