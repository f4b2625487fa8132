"""Evaluation: figures of finished problems: pass@k, best-of-N, intervals, confusion, curves.

A lost or left-out cell is never read as a failure.
Never formats for people and never touches a file.
"""
