"""The fixtures of the integration tests; what they are made of is in cli.py, whose name no other folder uses."""

from cli import config, nothing_left, ray_cluster, ray_head

__all__ = ["config", "nothing_left", "ray_cluster", "ray_head"]
