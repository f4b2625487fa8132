"""Scoring without a run directory: programs of a problem and its tests in, a typed verdict for each out."""
