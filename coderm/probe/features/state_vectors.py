"""Vectors of hidden states for many problems, kept in a file so that the next training need not read them again."""

import asyncio
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coderm.errors import DataError
from coderm.generation.hidden_states.base import HiddenStates
from coderm.messages.hidden_states import StateSpec, StatesRequest
from coderm.storage.atomic import whole
from coderm.storage.writable import check_file

Vector = npt.NDArray[np.float32]


def read_vectors(
    backend: HiddenStates, requests: Sequence[StatesRequest], kept: Path | None, tell: Callable[[int, int], None]
) -> list[Vector]:
    """Return one vector per request, in order; those in `kept` are not read again, and new ones are added to it.

    `tell` hears how many are done. One request is read at a time, so that batches, and with them the last bits of the vectors,
    are the same every time. Raises DataError for a file of another spec and StorageError for one that cannot be written, both
    before anything is read.
    """
    known = _load(kept, requests) if kept is not None else {}
    missing = [request for request in {item.request_id: item for item in requests}.values() if request.request_id not in known]
    try:
        if missing:
            asyncio.run(_read(backend, missing, known, lambda left: tell(len(requests) - left, len(requests))))
    finally:
        if missing and known and kept is not None:
            _save(kept, known, missing[0].spec)
    tell(len(requests), len(requests))
    return [known[request.request_id] for request in requests]


async def _read(
    backend: HiddenStates, missing: Sequence[StatesRequest], known: dict[str, Vector], tell: Callable[[int], None]
) -> None:
    try:
        await backend.setup()
        for done, request in enumerate(missing, 1):
            vector = (await backend.states(request)).vector
            _check_width(vector, known, request.spec)
            known[request.request_id] = vector
            tell(len(missing) - done)
    finally:
        await backend.close()


def _check_width(vector: Vector, known: dict[str, Vector], spec: StateSpec) -> None:
    width = next((len(other) for other in known.values()), len(vector))
    if len(vector) != width:
        raise DataError(
            f"probe: {spec.model} gives vectors of {len(vector)} numbers, those kept have {width}: another model under the same "
            "name; name another file with --states"
        )


def _load(path: Path, requests: Sequence[StatesRequest]) -> dict[str, Vector]:
    check_file(path)
    if not path.exists():
        return {}
    try:
        with np.load(path) as file:
            known = dict(zip(file["names"].tolist(), file["vectors"], strict=True))
            spec = str(file["spec"]) if "spec" in file else ""
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: no file of vectors ({error}); remove it or name another with --states") from None
    _check_spec(path, spec, known, requests)
    return known


def _check_spec(path: Path, spec: str, known: dict[str, Vector], requests: Sequence[StatesRequest]) -> None:
    """Refuse vectors of another spec. A file that does not tell its spec is taken if it holds one of these requests."""
    wanted = {_as_text(request.spec) for request in requests}
    if not known or not requests or wanted == {spec}:
        return
    if not spec and any(request.request_id in known for request in requests):
        return
    told = "other texts, or of another spec" if not spec else f"another spec, {spec}, not {min(wanted)}"
    raise DataError(f"{path}: holds vectors of {told}; name another file with --states")


def _as_text(spec: StateSpec) -> str:
    return json.dumps(asdict(spec))


def _save(path: Path, known: dict[str, Vector], spec: StateSpec) -> None:
    names, vectors = np.array(list(known)), np.stack(list(known.values()))
    with whole(path, "free some room or name another file") as temporary, temporary.open("wb") as file:
        np.savez(file, names=names, vectors=vectors, spec=np.array(_as_text(spec)))
