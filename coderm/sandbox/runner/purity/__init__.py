"""Purity: a static proof that tests of a program may share an interpreter.

Default is no: what the rules do not know is impure.
Never imports or runs what it reads.
"""
