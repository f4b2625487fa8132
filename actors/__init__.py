"""Actors: plain classes that hold a sandbox, an engine or the scheduler, and the pools that replace the dead.

Ray is applied to them once, in cluster/deploy.py; a lost worker is a lost command and never a verdict.
Never decide what a run does next.
"""
