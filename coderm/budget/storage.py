"""Fitted gain models as JSON: written by a study on all its problems, read by whoever spends a budget."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from coderm.atomic import write_json
from coderm.budget.base import GainModel
from coderm.budget.curve import Curve
from coderm.budget.learned import Learned
from coderm.budget.rounds import Staged
from coderm.errors import DataError

FORMAT = 2
"""Layout of the file; another one is refused."""


def save_model(path: Path, model: Curve | Staged, choice: str) -> None:
    """Write a model and the choice its curves are of (see coderm.config.choice_name). Raises StorageError when the disk refuses."""
    parts = {"": model} if isinstance(model, Curve) else {str(step): stage for step, stage in model.stages.items()}
    plain = {step: _plain(part) for step, part in parts.items()}
    write_json(path, {"format": FORMAT, "model": model.name, "rule": choice, "stages": plain})


def load_model(path: Path, name: str, choice: str) -> GainModel:
    """Read the model called `name` back; DataError for a file that is missing, broken, or of another model or choice."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            raise DataError(f"{path}: gain model of layout {stored['format']}, this version reads {FORMAT}; study again")
        found, made_for, stages = stored["model"], stored["rule"], stored["stages"]
        model: Curve | Staged = (
            _restored(Curve, stages[""])
            if found == Curve.name
            else Staged({int(step): _restored(Learned, part) for step, part in stages.items()})
        )
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; `coderm study` writes one") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: no gain model ({error!r}); write it again with `coderm study`") from None
    if found != name:
        raise DataError(f"{path}: holds the gain model {found!r}, not {name!r}; set budget.model or budget.fitted")
    if made_for != choice:
        raise DataError(
            f"{path}: its curves are of the rule {made_for!r}, not {choice!r}; study that rule or select by {made_for!r}"
        )
    return model


def _plain(model: Curve | Learned) -> dict[str, Any]:
    values = {field.name: getattr(model, field.name) for field in fields(model)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else list(value) for name, value in values.items()}


def _restored(kind: Any, stored: dict[str, Any]) -> Any:
    return kind(**{field.name: _value(field.name, stored[field.name]) for field in fields(kind)})


def _value(name: str, value: Any) -> Any:
    if name == "names":
        return tuple(value)
    return np.array(value, np.intp if name == "spans" else np.float64)
