"""Budget: what one more test of a problem is worth, what it costs, and how a budget of tests is spread.

The same inputs give the same allotment; a budget is never exceeded by what is planned.
Never asks a model, runs a test or reads a label of the run it plans.
"""
