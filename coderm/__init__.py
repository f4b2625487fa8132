"""The library behind CodeRM on Ray: pure decisions and data; importing it loads no ray, docker, vllm or torch."""

__version__ = "0.1.0"
