"""Replays recorded generations from JSONL of {task_id, role, completions}.

Memory holds one file offset per line, never a text: a line is read when its problem is asked for. The first request of a
problem and role must be met in full; later ones (top-ups) get what is left, possibly nothing.
"""

import asyncio
from pathlib import Path
from typing import Any

from coderm.config.schema import ScriptedEngine
from coderm.errors import DataError, GenerationError
from coderm.messages.generation import Completion, GenerationRequest, GenerationResult
from coderm.storage.indexed_lines import IndexedLines
from coderm.storage.jsonl import Row

ROLES = ("policy", "coderm")


class ScriptedGenerator:
    """Serves completions[offset : offset + n] of the recorded line; needs no model."""

    def __init__(self, config: ScriptedEngine) -> None:
        self._path = Path(config.path)
        self._lines = IndexedLines(self._path)
        self._index: dict[tuple[str, str], int] = {}

    async def setup(self) -> None:
        """Index the file. Raises DataError with file:line for a broken or repeated line, or when there is no file."""
        self._index = await asyncio.to_thread(self._read_index)

    async def generate(self, request: GenerationRequest) -> GenerationResult:
        """Return the recorded completions. Raises GenerationError naming the problem when they are missing."""
        recorded = await asyncio.to_thread(self._recorded, request)
        chosen = recorded[request.offset : request.offset + request.n]
        if request.offset == 0 and len(chosen) < request.n:
            raise GenerationError(
                f"{request.task_id}: {request.n} {request.role} completions wanted, {len(recorded)} recorded in {self._path}; "
                "ask for fewer or record more"
            )
        return GenerationResult(request.request_id, chosen)

    async def close(self) -> None:
        """Forget the index; no file is held open."""
        self._index = {}

    def describe(self) -> dict[str, str]:
        """Name the file."""
        return {"backend": "scripted", "model": str(self._path), "version": ""}

    def _read_index(self) -> dict[tuple[str, str], int]:
        """Map (task_id, role) to the line number."""
        index: dict[tuple[str, str], int] = {}
        for number, row in self._lines.scan():
            key = self._key(row, number)
            if key in index:
                raise DataError(f"{self._path}:{number}: {key[0]}, {key[1]} was recorded before, in line {index[key]}")
            index[key] = number
        return index

    def _recorded(self, request: GenerationRequest) -> tuple[Completion, ...]:
        wanted = request.task_id, request.role
        if (number := self._index.get(wanted)) is None:
            raise GenerationError(f"{request.task_id}: no {request.role} completions recorded in {self._path}")
        changed = GenerationError(f"{request.task_id}: {self._path} was changed during the run; start the run anew")
        try:
            row = self._lines.row(number)
            if self._key(row, number) != wanted:
                raise changed
        except DataError:
            raise changed from None
        return tuple(_completion(item) for item in row["completions"])

    def _key(self, row: Row, number: int) -> tuple[str, str]:
        """Check a row and return whose it is."""
        where = f"{self._path}:{number}"
        if not isinstance(row.get("task_id"), str) or row.get("role") not in ROLES:
            raise DataError(f"{where}: wanted an object with task_id and role ({' or '.join(ROLES)})")
        completions = row.get("completions")
        if not isinstance(completions, list) or not all(_is_completion(item) for item in completions):
            raise DataError(f"{where}: completions must be a list of texts or of {{text, tokens, finish, mean_logprob}}")
        return row["task_id"], row["role"]


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
