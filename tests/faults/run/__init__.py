"""A run while things are killed, alone and in pairs: the same command again ends with the same matrix and the same choice.

`python -m faults.run` prints a table. Generations are recorded and seeds fixed, so an undisturbed run says what is right.
"""
