"""Allocation: the one greedy allocator and the shadow price it stops at.

Given concave gains the result is the optimum of the budget, and equal gains are broken by position.
Never reads a problem, a clock or a file.
"""
