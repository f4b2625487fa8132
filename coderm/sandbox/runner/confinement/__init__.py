"""Confinement: uid, rlimits, fork, kill and reap of a pair, and the watch over it.

When a pair ends, no process of it is left.
Never reads the texts it confines.
"""
