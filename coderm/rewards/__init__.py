"""Rewards: verdicts of a group of rollouts in, a number or an explicit null with a named status out; one reward a file.

The same verdicts give the same rewards: no clock, no I/O, no randomness.
What leaves is a finite float in its stated range, or null.
Never runs a program, and never makes a lost verdict a zero.
"""
