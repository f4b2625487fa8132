"""Transport: bytes between two processes: frames, links, JSON text.

Every length is checked before it is used.
Never knows what a message means.
"""
