"""Fitted gain models as JSON: written by a study on all its problems, read by whoever spends a budget."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from coderm.budget.base import GainModel
from coderm.budget.curve import Curve
from coderm.budget.learned import Learned
from coderm.errors import DataError
from coderm.rundir import write_json

KINDS: dict[str, type[Curve] | type[Learned]] = {"curve": Curve, "learned": Learned}


def save_model(path: Path, model: Curve | Learned, rule: str) -> None:
    """Write a model and the selection rule its curves are of. Raises StorageError when the disk refuses."""
    values = {field.name: getattr(model, field.name) for field in fields(model)}
    plain = {name: value.tolist() if isinstance(value, np.ndarray) else list(value) for name, value in values.items()}
    write_json(path, {"model": model.name, "rule": rule, **plain})


def load_model(path: Path, rule: str) -> GainModel:
    """Read a model back. Raises DataError for a file that is missing, broken, or of another selection rule."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        kind, made_for = KINDS[stored["model"]], stored["rule"]
        model = kind(**{field.name: _restored(field.name, stored[field.name]) for field in fields(kind)})
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; `coderm study` writes one") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: no gain model ({error!r}); write it again with `coderm study`") from None
    if made_for != rule:
        raise DataError(f"{path}: its curves are of the rule {made_for!r}, not {rule!r}; study that rule or select by {made_for!r}")
    return model


def _restored(name: str, value: Any) -> Any:
    if name == "names":
        return tuple(value)
    return np.array(value, np.intp if name == "spans" else np.float64)
