"""Unit tests: run the cases of a test module and report their outcome.

A case that never ran is no pass.
Never prints.
"""
