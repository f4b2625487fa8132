"""Concave majorants: the least concave curves above given ones, and the marginal gains the greedy may trust."""

import numpy as np

from coderm.arrays import FloatArray


def majorant_gains(curves: FloatArray) -> FloatArray:
    """(P, C) non-increasing gains of the least concave majorants of (P, C + 1) curves over 0 .. C tests, never negative.

    From each corner the steepest chord to a later point is followed; where no later point is higher the gains are 0.
    """
    problems, points = curves.shape
    gains = np.zeros((problems, points - 1))
    open_, corner = np.arange(problems), np.zeros(problems, np.intp)
    place = np.arange(points)
    while open_.size and points > 1:
        here = curves[open_, corner]
        run = place[None, :] - corner[:, None]
        slope = np.where(run > 0, (curves[open_] - here[:, None]) / np.maximum(run, 1), -np.inf)
        end = points - 1 - np.argmax(slope[:, ::-1], axis=1)  # the farthest of equally steep ones
        steep = slope[np.arange(open_.size), end]
        follows = (run > 0) & (place[None, :] <= end[:, None]) & (steep > 0)[:, None]
        rows, columns = np.nonzero(follows)
        gains[open_[rows], columns - 1] = steep[rows]
        alive = (steep > 0) & (end < points - 1)
        open_, corner = open_[alive], end[alive]
    return np.minimum.accumulate(gains, axis=1)
