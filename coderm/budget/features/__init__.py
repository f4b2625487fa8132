"""Features: what the allocator knows of a problem, from its survey and from the votes so far.

The same function serves a run and a study, so a fitted model meets the features it was fitted on.
Never reads a label.
"""
