"""Storage: a file is whole under its name or not there at all: atomic writes, JSON lines, the journal, the run directory.

An answer is on disk before its event is handled.
Never decides what is stored.
"""
