"""Probe: features of a problem and its candidates in, the predicted pass rate out.

Predicting needs numpy alone; torch trains, and a model is asked for the states of texts.
Never sees a label when it predicts.
"""
