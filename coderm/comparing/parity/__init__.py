"""Parity modes: the verdicts of other graders, their surprises included, for comparing figures with theirs.

No mode is a default, and each names the version it follows. Outputs are text here, as for the peers: bytes that are no UTF-8 become
U+FFFD. Time is linear and nothing raises; the memory is a multiple of the output's size, which the output limit bounds.
"""
