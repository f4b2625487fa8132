"""Purity: whether tests of a program may share an interpreter: by a static proof, or by looking at what a test has left.

Default is no: what the rules do not know is impure, and what cannot be looked at runs alone.
Never runs what it reads.
"""
