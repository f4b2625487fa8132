"""Canaries: tests made of generated ones that no honest program can pass, so that a pass tells of tampering.

A canary differs from its test only in expected values that are certain to become wrong.
Never runs anything and never judges: the scheduler does.
"""
