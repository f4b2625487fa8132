"""Mutants of a program that is known to be right: small changes that a good test notices.

Pure functions from text to texts, decided on the syntax tree; nothing is ever executed.
"""

from coderm.mutants.making import Mutant, make_mutants

__all__ = ["Mutant", "make_mutants"]
