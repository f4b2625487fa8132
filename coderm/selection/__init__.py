"""Selection: the pass matrix, and the rules that choose a program by it, one rule a file.

Scores are finite, and equal scores are reported as ties.
Never sees a label.
"""
