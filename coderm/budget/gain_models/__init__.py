"""Gain models: predicted accuracy as a function of the number of tests, one model per file.

Every curve is concave and starts at no tests; the factory is the only place that knows all of them.
Never decides how a budget is spent.
"""
