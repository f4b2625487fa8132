"""The reward service under load while something is killed: what the rewards are afterwards, and what is left.

`python -m faults` prints a table. The truth about every program is known, so a reward that a fault brought about shows.
"""
