"""Bins of the pass rate, as reports name them."""

EDGES = (0.1, 0.3, 0.7, 0.9)
"""Predicted pass rates that part hopeless, hard, medium, easy and certain problems."""


def bin_name(place: int) -> str:
    """What a bin of pass rates is called."""
    low, high = (0, *EDGES)[place], (*EDGES, 1)[place]
    return f"{low:g} to {high:g}"
