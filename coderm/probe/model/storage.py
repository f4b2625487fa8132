"""A probe on disk: `probe.safetensors` with the arrays, `probe.json` with what they mean. Written whole or not at all."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from coderm.errors import DataError
from coderm.probe.model.calibration import Calibration
from coderm.probe.model.network import Network
from coderm.probe.model.probe import Card, Probe
from coderm.probe.model.scaling import Scaling
from coderm.storage.atomic import whole, write_json
from coderm.storage.plain_values import from_plain, to_plain

FORMAT = 1
"""Layout of both files; another one is refused."""
WEIGHTS, CARD = "probe.safetensors", "probe.json"
LAYERS = ("inner", "inner_bias", "outer", "outer_bias")
SHIPPED = Path(__file__).parents[1] / "shipped"
"""The probe for the embedded model; docs/probe.md says what it was trained on."""


def save_probe(probe: Probe, directory: Path) -> None:
    """Write both files into a directory, which is made when missing. Raises StorageError naming it."""
    from safetensors.numpy import save_file

    arrays = {"mean": probe.scaling.mean, "factor": probe.scaling.factor}
    for number, member in enumerate(probe.members):
        arrays |= {f"{number}.{layer}": getattr(member, layer) for layer in LAYERS}
    with whole(directory / WEIGHTS, "free some room or give another --out") as temporary:
        directory.mkdir(parents=True, exist_ok=True)
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, temporary)
        temporary.chmod(0o644)  # it makes files for their owner alone
    write_json(directory / CARD, _description(probe))


def load_probe(directory: Path) -> Probe:
    """Read a probe. Raises DataError naming the file that is missing, of another layout, or does not fit the other."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = directory / CARD
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise DataError(f"{path}: probe of layout {said['format']}, this version reads {FORMAT}; train it again")
        arrays = load_file(directory / WEIGHTS)
        probe = _assembled(said, arrays)
    except FileNotFoundError as error:
        raise DataError(
            f"{error.filename or directory / WEIGHTS}: no such file; give the --out directory of `coderm probe train`"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise DataError(f"{directory}: no whole probe ({type(error).__name__}: {error}); train it again") from None
    features = probe.card.state_width + len(probe.card.cheap)
    if any(member.inner.shape[1:] != (features,) for member in probe.members) or probe.scaling.mean.shape != (features,):
        raise DataError(f"{directory}: {CARD} names {features} features, {WEIGHTS} holds others; they are not of one probe")
    return probe


def _description(probe: Probe) -> dict[str, Any]:
    epochs = [member.epochs for member in probe.members]
    return {"format": FORMAT, **to_plain(probe.card), "calibration": to_plain(probe.calibration), "epochs": epochs}


def _assembled(said: dict[str, Any], arrays: dict[str, Any]) -> Probe:
    layers = [{layer: arrays[f"{number}.{layer}"] for layer in LAYERS} for number in range(len(said["epochs"]))]
    members = tuple(Network(**parts, epochs=epochs) for parts, epochs in zip(layers, said["epochs"], strict=True))
    calibration = from_plain(said["calibration"], Calibration)
    return Probe(from_plain(said, Card), Scaling(arrays["mean"], arrays["factor"]), members, calibration)
