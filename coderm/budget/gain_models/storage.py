"""Fitted gain models as JSON: written by a study on all its problems, read by whoever spends a budget."""

import json
from pathlib import Path
from typing import Any, Literal

from coderm.budget.gain_models.base import GainModel
from coderm.budget.gain_models.curve import Curve
from coderm.budget.gain_models.learned import Learned
from coderm.budget.gain_models.staged import Staged
from coderm.errors import DataError
from coderm.storage.atomic import write_json
from coderm.storage.plain_values import from_plain, to_plain

FORMAT = 3
"""Layout of the file; another one is refused."""

LambdaSource = Literal["examples", "probe"]
"""Where the pass rates come from that a model was fitted to and measured with: visible examples or a probe's predictions."""

_REMEDIES = {
    "examples": "it was measured with pass rates by visible examples; set budget.probe = 'examples', or name the file for a probe",
    "probe": "it was measured with a probe's predictions; name the probe in budget.probe, or the file for visible examples",
}


def save_model(
    path: Path, model: Curve | Staged, choice: str, rows: tuple[str, ...] = (), source: LambdaSource | None = None
) -> None:
    """Write a model and what it is of. Raises StorageError when the disk refuses.

    choice: that its curves are of (config's choice_name). rows: of the study, that measured it. source: of its lambda.
    """
    parts = {"": model} if isinstance(model, Curve) else {str(step): stage for step, stage in model.stages.items()}
    head = {"format": FORMAT, "model": model.name, "rule": choice, "measured_as": list(rows), "lambda": source}
    write_json(path, head | {"stages": to_plain(parts)})


def load_model(path: Path, name: str, choice: str, source: LambdaSource) -> GainModel:
    """Read the model called `name` back.

    Raises DataError for a file that is missing, broken, or of another model, choice or source of lambda than those of the run.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            raise DataError(f"{path}: gain model of layout {stored['format']}, this version reads {FORMAT}; study again")
        found, stages = stored["model"], stored["stages"]
        model: Curve | Staged = (
            from_plain(stages[""], Curve)
            if found == Curve.name
            else Staged({int(step): from_plain(part, Learned) for step, part in stages.items()})
        )
        wrong = _mismatch(stored, name, choice, source)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; `coderm study` writes one") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: no gain model ({error!r}); write it again with `coderm study`") from None
    if wrong:
        raise DataError(f"{path}: {wrong}")
    return model


def _mismatch(stored: dict[str, Any], name: str, choice: str, source: LambdaSource) -> str:
    """What a run would use otherwise than it was measured, with the remedy; empty when nothing."""
    if stored["model"] != name:
        return f"holds the gain model {stored['model']!r}, not {name!r}; set budget.model or budget.fitted"
    if stored["rule"] != choice:
        return f"its curves are of the rule {stored['rule']!r}, not {choice!r}; study that rule or select by {stored['rule']!r}"
    if stored["lambda"] not in (None, source):
        return _REMEDIES[stored["lambda"]]
    return ""
