"""Sandbox: one contract for running blocks of programs and tests, and its boxes: containers and the local one.

An answer is a typed verdict for every pair, or one error that says nothing is known.
Never executes a program outside a box, and knows no problem, model or rule.
"""
