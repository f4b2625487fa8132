"""Unit tests: the test module in a model's answer, as unittest.

What cannot be turned into unittest faithfully is rejected with a typed reason.
Never changes what a test asserts.
"""
