"""Commands: one file per group of commands of the command line, from parsed arguments to exit code.

Bad input ends here in one line, before anything is started.
Never holds a decision of a run.
"""
