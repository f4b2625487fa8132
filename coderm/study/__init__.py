"""Study: what gain models and rules would have been worth on a matrix with labels, and simulated ones.

A model is scored on problems it was not fitted on, with the features that a run has.
Never touches a run.
"""
