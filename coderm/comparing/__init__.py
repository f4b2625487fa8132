"""Comparers of a program's output with the expected one, one file each."""
