"""Vectors of hidden states for many problems, kept in a file so that the next training need not read them again."""

import asyncio
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coderm.atomic import whole
from coderm.errors import DataError
from coderm.generation.hidden.base import HiddenStates
from coderm.probe.spec import StatesRequest

Vector = npt.NDArray[np.float32]


def read_vectors(
    backend: HiddenStates, requests: Sequence[StatesRequest], kept: Path | None, tell: Callable[[int, int], None]
) -> list[Vector]:
    """Return one vector per request, in order; those in `kept` are not read again, and new ones are added to it.

    `tell` hears how many are done. One request is read at a time, so that batches, and with them the last bits of the vectors,
    are the same every time.
    """
    known = _load(kept)
    missing = [request for request in {item.request_id: item for item in requests}.values() if request.request_id not in known]
    try:
        if missing:
            asyncio.run(_read(backend, missing, known, lambda left: tell(len(requests) - left, len(requests))))
    finally:
        if missing and kept is not None:
            _save(kept, known)
    tell(len(requests), len(requests))
    return [known[request.request_id] for request in requests]


async def _read(
    backend: HiddenStates, missing: Sequence[StatesRequest], known: dict[str, Vector], tell: Callable[[int], None]
) -> None:
    try:
        await backend.setup()
        for done, request in enumerate(missing, 1):
            known[request.request_id] = (await backend.states(request)).vector
            tell(len(missing) - done)
    finally:
        await backend.close()


def _load(path: Path | None) -> dict[str, Vector]:
    if path is None or not path.exists():
        return {}
    try:
        with np.load(path) as file:
            return dict(zip(file["names"].tolist(), file["vectors"], strict=True)) if "names" in file else {}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: no file of vectors ({error}); remove it or name another with --states") from None


def _save(path: Path, known: dict[str, Vector]) -> None:
    """Keep vectors of one length only: a file belongs to one spec."""
    try:
        vectors = np.stack(list(known.values())) if known else np.zeros((0, 0))
    except ValueError:
        raise DataError(f"{path}: holds vectors of another spec; name another file with --states") from None
    with whole(path, "free some room or name another file") as temporary, temporary.open("wb") as file:
        np.savez(file, names=np.array(list(known)), vectors=vectors)
