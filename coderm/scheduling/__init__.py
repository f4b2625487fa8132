"""Scheduling: the pure state machine of a run, its passes over the problems, and the schedule of the budget.

The same events give the same commands: no clock, no I/O, no randomness.
Never knows a backend, a box or Ray.
"""
