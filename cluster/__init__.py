"""Cluster: connects to Ray, places actors, runs jobs from a command line, and tells what is wrong with a set-up.

Bad input ends before anything is started; what was started ends with the command.
Never decides what a run does next.
"""
