"""The reward service on Ray Serve: one replica that answers HTTP, a scoring actor and a bank that it calls, and who watches both.

The replica holds no verdict that cannot be had again: those are in the scoring actor's cache, which outlives it.
"""
