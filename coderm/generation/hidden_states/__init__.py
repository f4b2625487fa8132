"""Hidden states of a problem and its candidates: one protocol, a transformers forward pass and vLLM's extraction.

A text of the same spec gives the same vector, whatever stands beside it in a batch.
Never samples.
"""
