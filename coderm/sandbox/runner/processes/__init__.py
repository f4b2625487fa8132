"""Processes: programs of stdin/stdout problems, each pair a process with an input file, an output file and an exit status.

What a program writes goes from its file to the host, through no memory that a later program inherits.
Never holds an expected output, and never compares.
"""
