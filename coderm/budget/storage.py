"""A fitted gain model on disk: one JSON file, written by `coderm study --fit`, named by `budget.fitted`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from coderm.budget.curve import Curve
from coderm.budget.learned import Learned
from coderm.budget.rounds import Staged
from coderm.errors import DataError
from coderm.rundir import write_json

FORMAT = 1
"""Layout of the file; another one is refused."""
_WHOLE = frozenset({"spans"})
"""Arrays of whole numbers; all others are real."""


def save_fitted(model: Curve | Staged, path: Path) -> None:
    """Write a model. Raises StorageError naming the file."""
    if isinstance(model, Curve):
        body: dict[str, Any] = {"model": "curve", **_plain(model)}
    else:
        body = {"model": "learned", "stages": {str(step): _plain(stage) for step, stage in model.stages.items()}}
    write_json(path, {"format": FORMAT, **body})


def load_fitted(path: Path, name: str) -> Curve | Staged:
    """Read the model called `name`. Raises DataError when the file is missing, of another layout, or holds another model."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise DataError(f"{path}: gain model of layout {said['format']}, this version reads {FORMAT}; fit it again")
        if said["model"] != name:
            raise DataError(f"{path}: holds the gain model {said['model']!r}, not {name!r}; set budget.model or budget.fitted")
        if name == "curve":
            return Curve(**_arrays(said, "edges", "rows"))
        return Staged({int(step): _learned(stage) for step, stage in said["stages"].items()})
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); fit a gain model with `coderm study --fit FILE`") from None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: no fitted gain model ({type(error).__name__}: {error}); fit it again") from None


def _plain(model: Curve | Learned) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else list(value) for name, value in asdict(model).items()}


def _arrays(said: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: np.array(said[name], np.intp if name in _WHOLE else np.float64) for name in names}


def _learned(said: dict[str, Any]) -> Learned:
    arrays = _arrays(said, "spans", "centre", "scale", "base", "weights", "trust")
    features = len(said["names"])
    arrays["weights"] = arrays["weights"].reshape(features, -1)
    return Learned(tuple(map(str, said["names"])), **arrays)
