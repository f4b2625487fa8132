"""Config: what a run depends on, as a frozen tree, and how it is read from TOML, environment and `--set`.

Unknown keys are refused; every mistake is reported with its key in one line.
Never reads a data file and never starts anything.
"""
