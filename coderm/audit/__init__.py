"""Audit: what tests are worth, of a benchmark or of whoever wrote them.

Owns what programs a suite is shown to judge it (candidates, mutants, probes for leaks), how its tests are taken apart, and the
report. Execution goes through a `coderm.scoring.scorer.Scorer` that is given. A pair without verdict is evidence for nothing, and
a figure that cannot be known is absent.
"""
