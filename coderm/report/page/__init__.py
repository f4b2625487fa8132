"""The report of a run as one page: `report.html` in the run directory.

Owns what the page holds and how it is packed. Figures come from the summary and the finished problems; nothing is judged here.
"""
