"""Stand-ins: what a test holds in place of the program's objects and classes.

No comparison the test makes is decided by the program's own operators.
Never reveals a value of the test to the program but as an argument.
"""
