"""What a run tells other people's trackers: settings at its start, progress, and figures and tables at its end.

Off unless `loggers.to` names one. A tracker's library is imported only then. What a tracker fails to take costs the run nothing.
"""
