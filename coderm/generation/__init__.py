"""Generation: one protocol, one backend per file; no backend is imported before it is asked for."""
