"""Codec: values as JSON nodes and back, the exceptions and the operations that cross.

Reading is bounded and builds plain data only.
Never executes anything of the program.
"""
