"""Rows of a training: chats whose last turn is the answer, read from JSON Lines.

They are read by this project's own reader. `datasets` is given token ids only, since on their way through it numbers become
floats, objects get keys of their neighbours, and texts that look like dates become dates.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coderm.errors import DataError
from coderm.messages.problem import ChatMessage
from coderm.storage.jsonl import Row, identifier, read_jsonl, require, typed

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Example:
    """One chat: what is asked, and the answer that is learnt. task_id: what keeps it on one side of the held-out split."""

    task_id: str
    prompt: tuple[ChatMessage, ...]
    answer: str
    where: str = ""


@dataclass(slots=True)
class LeftOut:
    """Rows that are not learnt, counted by reason."""

    reasons: Counter[str] = field(default_factory=Counter)


def read_examples(path: Path, left_out: LeftOut) -> Iterator[Example]:
    """Yield the examples of a file; a chat without an answer is counted in `left_out`.

    Raises DataError as file:line for a row that is no chat: a wrong file is no reason to train on half of it.
    """
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        turns = _turns(row, where)
        if not turns or turns[-1].role != "assistant":
            left_out.reasons["no_answer"] += 1
        elif len(turns) == 1:
            left_out.reasons["no_question"] += 1
        elif not turns[-1].content.strip():
            left_out.reasons["empty_answer"] += 1
        else:
            yield Example(_task_id(row, turns, where), turns[:-1], turns[-1].content, where)


def split(examples: list[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Return (learnt, held out). A task is on one side only; the same tasks, share and seed give the same sides."""
    tasks = sorted({example.task_id for example in examples}, key=lambda task_id: _place(task_id, seed))
    number = min(max(1, round(len(tasks) * share)), len(tasks) - 1) if share else 0
    held = set(tasks[: max(0, number)])
    return [item for item in examples if item.task_id not in held], [item for item in examples if item.task_id in held]


def _place(task_id: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed} {task_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _turns(row: Row, where: str) -> tuple[ChatMessage, ...]:
    turns: list[object] = require(row, "messages", list, where)
    return tuple(_turn(turn, f"{where}: messages[{place}]") for place, turn in enumerate(turns))


def _turn(value: object, where: str) -> ChatMessage:
    turn: Row = typed(value, "message", dict, where)
    role = require(turn, "role", str, where)
    match role:
        case "system" | "user" | "assistant":
            return ChatMessage(role, require(turn, "content", str, where))
    raise DataError(f"{where}: role {role!r}; write one of {', '.join(ROLES)}")


def _task_id(row: Row, turns: tuple[ChatMessage, ...], where: str) -> str:
    """A row without a task is a task of its own question, so that the same question is never on both sides."""
    return identifier(row, "task_id", where) if "task_id" in row else "\n".join(turn.content for turn in turns[:-1])
