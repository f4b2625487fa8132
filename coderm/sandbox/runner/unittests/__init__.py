"""Unit tests: run the cases of a test module and tell what came out.

A case that never ran is no pass.
Never prints.
"""
