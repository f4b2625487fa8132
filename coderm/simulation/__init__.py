"""Simulation: policies and test writers of stated quality, pass matrices of any size, rules and gain models compared on them."""
