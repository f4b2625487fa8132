"""The cache of verdicts by content: keys, what may be kept, in memory and on disk.

A cache never fails a request: what it cannot answer is judged again.
"""
