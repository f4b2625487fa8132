"""Programs: the solution in a model's answer, without demonstrations.

The text of the solution is kept line by line.
Never runs it and never raises, whatever the text.
"""
