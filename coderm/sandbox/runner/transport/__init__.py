"""Transport: bytes between two processes: frames, links, JSON text.

Every length is checked before it is believed.
Never knows what a message means.
"""
