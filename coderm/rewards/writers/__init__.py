"""Rewards for who writes tests, on the matrix of a problem, one file each: formula, range, source.

A test gets a value, or None where it cannot be known. Pure, as the rewards for programs are.
"""
