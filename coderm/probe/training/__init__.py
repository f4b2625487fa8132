"""Probe training: labelled data, folds by problem, training and scores.

Problems of a fold are never trained on; the seed reproduces the weights.
Never writes into the package.
"""
