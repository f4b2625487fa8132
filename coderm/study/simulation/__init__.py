"""Simulation: policies and test writers of stated quality, pass matrices of any size, rules and budgets scored on them.

The seed reproduces every matrix.
Never reads recorded data.
"""
