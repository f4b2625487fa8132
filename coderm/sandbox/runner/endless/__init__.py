"""Endless: loops that are proved never to end, by a repeated state of their frame.

A proof is exact: the program would repeat that state for ever.
Never ends a program that could go on.
"""
