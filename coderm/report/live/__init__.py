"""A run or a service at one moment, for whoever watches it: in the terminal, or as a page on this machine.

Owns what a look holds, how a run's is gathered from its directory alone, and how looks are shown. Never holds the run's lock, and
changes nothing but `progress.json`, which the run itself writes.
"""
