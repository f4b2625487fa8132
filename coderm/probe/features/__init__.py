"""Probe features: cheap ones from texts and states from a model, and the table that joins them with labels.

Each feature has a name and a fixed place.
Never reads a label into a feature.
"""
