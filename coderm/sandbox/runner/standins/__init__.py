"""Stand-ins: what a test holds in place of the program's objects and classes.

No test passes by the word of the program's own operators alone.
Never reveals a value of the test to the program but as an argument.
"""
