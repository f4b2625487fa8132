"""Containers: the Docker box: engine calls, the image and its base, a container's life, the sweep after dead runs.

Only what carries this project's labels is ever removed.
Never executes a program outside a container.
"""
