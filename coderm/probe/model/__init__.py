"""Probe model: the network, its scaling and calibration, and its files.

A saved probe predicts the same numbers after loading, with numpy alone.
Never trains.
"""
