"""Syntax: parsing, scopes, imports, merging and normalising of Python source, by syntax tree.

Text that Python refuses is a value, not an exception.
Never knows what the source is for.
"""
