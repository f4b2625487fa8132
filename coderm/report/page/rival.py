"""The runner-up of a choice, what parts it from the chosen program, and both side by side."""

import difflib
from dataclasses import dataclass

import numpy as np

from coderm.selection.base import Selection
from coderm.selection.pass_matrix import PassMatrix

DiffRow = tuple[str, int | None, str, int | None, str]
"""Kind (`same`, `changed`, `left`, `right`), line number and text on the left, line number and text on the right."""
MOST_LINES = 2_000
"""Longest program that is compared; difflib's time grows with the product of both lengths."""


@dataclass(frozen=True, slots=True)
class Rival:
    """row: of the matrix. parting: columns that exactly one of the two passes."""

    row: int
    parting: tuple[int, ...]


def runner_up(matrix: PassMatrix, selection: Selection) -> Rival | None:
    """Return the best scored candidate that does not pass the same tests as the chosen one; None where all behave alike."""
    chosen = selection.chosen
    if chosen is None:
        return None
    passed = matrix.passed
    apart = (passed != passed[chosen]).any(axis=1) & np.isfinite(selection.scores)
    if not apart.any():
        return None
    row = int(np.argmax(np.where(apart, selection.scores, -np.inf)))
    return Rival(row, tuple(np.flatnonzero(passed[row] != passed[chosen]).tolist()))


def side_by_side(left: str, right: str) -> list[DiffRow]:
    """Return two texts line by line; lines that only one has stand alone, changed ones beside each other."""
    a, b = left.splitlines()[:MOST_LINES], right.splitlines()[:MOST_LINES]
    rows: list[DiffRow] = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for place in range(max(j - i, m - k)):
            one, two = i + place < j, k + place < m
            kind = "same" if tag == "equal" else "changed" if one and two else "left" if one else "right"
            rows.append(
                (
                    kind,
                    i + place + 1 if one else None,
                    a[i + place] if one else "",
                    k + place + 1 if two else None,
                    b[k + place] if two else "",
                )
            )
    return rows
