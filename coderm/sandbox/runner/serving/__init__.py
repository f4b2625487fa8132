"""Serving: blocks from stdin, verdicts to stdout, one fork a block.

The server itself holds no text of a block when it forks a pair.
Never executes program or test.
"""
