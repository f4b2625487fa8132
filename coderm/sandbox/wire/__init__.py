"""Wire: blocks to a runner and verdicts back, as frames over its stdin and stdout.

Whatever the other side sends, the answer is a verdict per pair or one typed error.
Never trusts a length, a count or a text it was sent.
"""
