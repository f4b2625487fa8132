"""Hidden states of a problem and its candidates: one protocol, a transformers forward pass, and vLLM's own extraction."""
