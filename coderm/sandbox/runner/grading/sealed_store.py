"""Stores for the texts of a block and the details of its failed tests: sealed memfd files, in no process's memory.

The process that forks candidates holds descriptors only. A child that runs tests reads those it needs; candidates inherit neither
the descriptors nor anything that was read from them.
"""

import dataclasses
import fcntl
import json
import marshal
import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any, NamedTuple

from ..confinement.reports import DETAIL_BYTES
from ..tester.program_names import Plan
from .compiling import Unusable


@dataclass(frozen=True, slots=True)
class Stored:
    """A text that compiles, in a store. `obstacle` says why a test cannot be graded in isolation; empty if it can."""

    start: int
    length: int
    obstacle: str = ""


Entry = Stored | Unusable


class Stores(NamedTuple):
    """Descriptors of the stores of a block."""

    programs: int
    tests: int
    details: int


def open_stores() -> Stores:
    """Return empty stores."""
    return Stores(*map(open_store, Stores._fields))


def open_store(name: str) -> int:
    """Return the descriptor of an empty store that nobody can open by a path: a link to it that a program left shows nothing."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.fchmod(fd, 0)
    return fd


def seal(fd: int) -> None:
    """Forbid all further writes to a store: its readers trust the content."""
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)


def append(fd: int, code: CodeType, plan: Plan) -> Stored:
    """Append a program or a test."""
    data = marshal.dumps((code, *dataclasses.astuple(plan)))
    start = os.lseek(fd, 0, os.SEEK_END)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    return Stored(start, len(data), plan.obstacle)


def load(fd: int, stored: Stored) -> tuple[CodeType, Plan]:
    """Read one; only from a store that trusted code filled."""
    code, *parts = marshal.loads(os.pread(fd, stored.length, stored.start))
    return code, Plan(*parts)


def load_and_close(fd: int, stored: Mapping[int, Stored]) -> dict[int, CodeType]:
    """Read some and close the store, before anything else runs in this process."""
    codes = {number: load(fd, one)[0] for number, one in stored.items()}
    os.close(fd)
    return codes


def to_wire(entry: Entry) -> list[Any]:
    """Return an entry as it is sent, without its text."""
    return [entry.outcome, entry.detail] if isinstance(entry, Unusable) else [entry.start, entry.length, entry.obstacle]


def from_wire(data: list[Any]) -> Entry:
    """Read an entry."""
    return Unusable(*data) if len(data) == 2 else Stored(*data)


def write_detail(fd: int, row: int, test: int, text: str) -> None:
    """Append the detail of a test."""
    bounded = text.encode("utf-8", "backslashreplace")[:DETAIL_BYTES].decode("utf-8", "replace")
    os.write(fd, json.dumps([row, test, bounded]).encode("ascii") + b"\n")


def read_details(fd: int) -> dict[tuple[int, int], str]:
    """Return the last detail of each pair."""
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        return {(row, test): text for row, test, text in map(json.loads, file)}
