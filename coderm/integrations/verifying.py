"""Runs an adapter on its shipped fixtures, or on a file of yours, against the set-up at hand.

A fixture is a call in the trainer's own shape and what has to come back: a full and a zero reward, a null where nothing can be
known, malformed input, and the same answer twice. `python -m coderm.integrations trl` does it from a shell.
"""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.errors import DataError

KINDS = ("full", "zero", "null", "malformed", "deterministic")
FIXTURES = Path(__file__).with_name("fixtures")


@dataclass(frozen=True, slots=True)
class Verified:
    """One fixture's outcome; `got` and `wanted` are texts."""

    kind: str
    ok: bool
    got: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.kind:<14} {'ok' if self.ok else f'got {self.got}, wanted {self.wanted}'}"


def verify(adapter: Callable[..., Any], fixtures: str | Path = "") -> tuple[Verified, ...]:
    """Call an adapter, sync or async, with each fixture; fixtures: a file, or the name of a shipped one; empty: the adapter's own.

    Raises DataError for a file that holds none.
    """
    name = str(fixtures) or _module_of(adapter)
    path = Path(name) if name.endswith(".jsonl") else FIXTURES / f"{name}.jsonl"
    return tuple(_verified(adapter, row) for row in _rows(path))


def failures(found: Iterable[Verified]) -> list[str]:
    """Return a line for each fixture that does not hold."""
    return [str(one) for one in found if not one.ok]


def _module_of(adapter: Callable[..., Any]) -> str:
    return str(getattr(adapter, "__module__", type(adapter).__module__)).rpartition(".")[2]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise DataError(
            f"{path}: no such fixtures; name one of {', '.join(sorted(file.stem for file in FIXTURES.glob('*.jsonl')))}"
        )
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            known = row["kind"] in KINDS and isinstance(row["call"], dict) and ("equals" in row or "raises" in row)
        except (ValueError, LookupError, TypeError):
            known = False
        if not known:
            raise DataError(f"{path}:{number}: a fixture needs kind ({', '.join(KINDS)}), call, and equals or raises")
        yield row


def _verified(adapter: Callable[..., Any], row: dict[str, Any]) -> Verified:
    got = [_called(adapter, row["call"]) for _ in range(2 if row["kind"] == "deterministic" else 1)]
    wanted = {"raises": row["raises"]} if "raises" in row else row["equals"]
    wrong = [one for one in got if not _fits(one, wanted)]
    return Verified(row["kind"], not wrong, json.dumps((wrong or got)[0]), json.dumps(wanted))


def _called(adapter: Callable[..., Any], call: dict[str, Any]) -> Any:
    try:
        got = adapter(**call)
        if inspect.isawaitable(got):
            got = asyncio.run(_awaited(got))
    except Exception as error:  # noqa: BLE001 - what an adapter raises is what is looked at
        return {"raises": type(error).__name__}
    return json.loads(json.dumps(got, default=repr))


async def _awaited(work: Any) -> Any:
    return await work


def _fits(got: Any, wanted: Any) -> bool:
    """Whether an answer is the wanted one; of a dict the wanted keys count, and no bool passes for a number."""
    match got, wanted:
        case dict(), dict():
            return all(key in got and _fits(got[key], value) for key, value in wanted.items())
        case list(), list():
            return len(got) == len(wanted) and all(map(_fits, got, wanted))
        case (int() | float(), int() | float()) if type(wanted) is not bool:
            return type(got) is not bool and abs(got - wanted) < 1e-9
        case _:
            return bool(got == wanted and type(got) is type(wanted))
