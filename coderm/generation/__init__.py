"""Generation: one protocol for sampling texts and reading hidden states, one backend a file, and the prompts.

Every engine's processes end with their owner.
Never reads what is in a text.
"""
