"""Recycling: exchange a box for a fresh one by age, use and memory, beside the work.

A block runs in one box from start to end.
Never looks at verdicts.
"""
