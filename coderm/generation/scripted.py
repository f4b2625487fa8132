"""Replays recorded generations from JSONL of {task_id, role, completions}.

Memory holds one file offset per line, never a text: a line is read when its problem is asked for. The first request of a
problem and role must be met in full; later ones (top-ups) get what is left, possibly nothing.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coderm.config import ScriptedEngine
from coderm.errors import DataError, GenerationError
from coderm.messages import Completion, GenerationRequest, GenerationResult

ROLES = ("policy", "coderm")


class ScriptedGenerator:
    """Serves completions[offset : offset + n] of the recorded line; needs no model."""

    def __init__(self, config: ScriptedEngine) -> None:
        self._path = Path(config.path)
        self._index: dict[tuple[str, str], tuple[int, int]] = {}

    async def setup(self) -> None:
        """Index the file. Raises DataError with file:line for a broken or repeated line, or when there is no file."""
        self._index = await asyncio.to_thread(self._read_index)

    async def generate(self, request: GenerationRequest) -> GenerationResult:
        """Return the recorded completions. Raises GenerationError naming the problem when they are missing."""
        started = time.perf_counter()
        recorded = await asyncio.to_thread(self._recorded, request)
        chosen = recorded[request.offset : request.offset + request.n]
        if request.offset == 0 and len(chosen) < request.n:
            raise GenerationError(
                f"{request.task_id}: {request.n} {request.role} completions wanted, {len(recorded)} recorded in {self._path}; "
                "ask for fewer or record more"
            )
        return GenerationResult(request.request_id, chosen, seconds=time.perf_counter() - started)

    async def close(self) -> None:
        """Forget the index; no file is held open."""
        self._index = {}

    def describe(self) -> dict[str, str]:
        """Name the file."""
        return {"backend": "scripted", "model": str(self._path), "version": ""}

    def _read_index(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Map (task_id, role) to (offset, line number)."""
        index: dict[tuple[str, str], tuple[int, int]] = {}
        try:
            for number, offset, raw in self._lines():
                row = self._parse(raw, number)
                key = (row["task_id"], row["role"])
                if key in index:
                    raise DataError(f"{self._path}:{number}: {key[0]}, {key[1]} was recorded before, in line {index[key][1]}")
                index[key] = (offset, number)
        except OSError as error:
            raise DataError(f"{self._path}: recorded generations cannot be read: {error.strerror}") from None
        return index

    def _lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (line number, offset, line) of every line that is not blank."""
        offset = 0
        with self._path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if raw.strip():
                    yield number, offset, raw
                offset += len(raw)

    def _recorded(self, request: GenerationRequest) -> tuple[Completion, ...]:
        try:
            offset, number = self._index[request.task_id, request.role]
        except KeyError:
            raise GenerationError(f"{request.task_id}: no {request.role} completions recorded in {self._path}") from None
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                row = self._parse(file.readline(), number)
        except OSError as error:
            raise GenerationError(f"{request.task_id}: {self._path} cannot be read any more: {error.strerror}") from None
        if (row["task_id"], row["role"]) != (request.task_id, request.role):
            raise GenerationError(f"{request.task_id}: {self._path} was changed during the run; start the run anew")
        return tuple(_completion(item) for item in row["completions"])

    def _parse(self, raw: bytes, number: int) -> dict[str, Any]:
        where = f"{self._path}:{number}"
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: not JSON: {error}") from None
        if not isinstance(row, dict) or not isinstance(row.get("task_id"), str) or row.get("role") not in ROLES:
            raise DataError(f"{where}: wanted an object with task_id and role ({' or '.join(ROLES)})")
        completions = row.get("completions")
        if not isinstance(completions, list) or not all(_is_completion(item) for item in completions):
            raise DataError(f"{where}: completions must be a list of texts or of {{text, tokens, finish, mean_logprob}}")
        return row


def _is_completion(item: object) -> bool:
    if isinstance(item, str):
        return True
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return False
    return (
        isinstance(item.get("tokens", 0), int)
        and item.get("finish", "stop") in ("stop", "length")
        and isinstance(item.get("mean_logprob"), int | float | None)
    )


def _completion(item: str | dict[str, Any]) -> Completion:
    if isinstance(item, str):
        return Completion(item)
    return Completion(item["text"], item.get("tokens", 0), item.get("finish", "stop"), item.get("mean_logprob"))
