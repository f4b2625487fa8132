"""Labels of candidates: which are right."""

from pathlib import Path

import numpy as np

from coderm.arrays import BoolArray
from coderm.errors import DataError
from coderm.storage.jsonl import read_jsonl, require


def read_labels(path: Path) -> dict[str, BoolArray]:
    """Return the labels of {task_id, correct: [0 or 1]} lines by task, (N,) each; raises DataError for any other value."""
    found = {}
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        given = np.array(require(row, "correct", list, where))
        if not np.isin(given, (0, 1)).all():
            raise DataError(f"{where}: labels must be 0 or 1; correct the row")
        found[require(row, "task_id", str, where)] = given.astype(np.bool_)
    return found
