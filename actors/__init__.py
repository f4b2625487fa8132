"""Actors: plain classes that forward; Ray is applied to them once, in cluster.deploy."""
