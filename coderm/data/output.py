"""Writes what a build has found: the data set in two forms, the rejects, the recording of all generations, manifest and card.

The data set is a function of the store alone: the same rows give the same bytes, in whatever order the records came to their end.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from coderm.data.records import Kept, Rates, WrittenTest
from coderm.data.stages.synthesize import prompt_of
from coderm.data.store import Store
from coderm.messages.hashing import content_hash
from coderm.messages.problem import Problem
from coderm.storage.atomic import whole
from coderm.storage.jsonl import write_jsonl

DATASET, SFT, REJECTS, GENERATIONS = "dataset.parquet", "sft.jsonl", "rejects.jsonl", "generations.jsonl"
ROWS = 256
"""Rows of the data set in memory, and in a row group."""


@dataclass(slots=True)
class Totals:
    """What was written: rows, tests, and sums of figures over the tests. dropped: valid tests left out, by reason."""

    rows: int = 0
    tests: int = 0
    repaired: int = 0
    mutants: int = 0
    killed: int = 0
    programs: int = 0
    right: int = 0
    rates: Rates = field(default_factory=Rates)
    dropped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Files:
    """sha256: of each file by its name; dataset: of the rows of the data set, whatever file they stand in."""

    sha256: dict[str, str]
    dataset: str


def write_data(directory: Path, store: Store) -> Files:
    """Write all data files. Raises StorageError when the disk refuses."""
    content = hashlib.sha256()
    _write_parquet(directory / DATASET, _hashed((row_of(kept) for kept in store.accepted()), content.update))
    write_jsonl(directory / SFT, _hashed((row for kept in store.accepted() for row in chats_of(kept)), content.update))
    write_jsonl(directory / REJECTS, _rejects(store))
    write_jsonl(directory / GENERATIONS, _generations(store))
    return Files({name: digest(directory / name) for name in (DATASET, SFT, REJECTS, GENERATIONS)}, content.hexdigest())


def _hashed(rows: Iterator[dict[str, Any]], take: Callable[[bytes], None]) -> Iterator[dict[str, Any]]:
    for row in rows:
        take(json.dumps(row, sort_keys=True).encode() + b"\n")
        yield row


def row_of(kept: Kept) -> dict[str, Any]:
    """Return the row of the released form: whole number as id, lists as JSON text. `source_id` is the id in the source."""
    programs = [{"sol_id": number, "code": item.code, "correct": item.right} for number, item in enumerate(kept.programs)]
    tests = [_test(number, item) for number, item in enumerate(kept.tests)]
    return {
        "task_id": kept.position,
        "question": kept.question,
        "code_ground_truth": kept.reference,
        "code_generate": json.dumps(programs),
        "unit_tests": json.dumps(tests),
        "source_id": kept.task_id,
    }


def _test(number: int, test: WrittenTest) -> dict[str, Any]:
    """Return one unit test: FAR and FRR as the paper defines them, beside the textbook rates under their own names."""
    rates = test.rates
    return {
        "ut_id": number,
        "code": test.code,
        "FAR": rates.false_discovery_rate,
        "FRR": rates.false_omission_rate,
        "false_positive_rate": rates.false_positive_rate,
        "false_negative_rate": rates.false_negative_rate,
        "mutants_killed": len(test.kills),
        "repaired": test.repaired,
    }


def chats_of(kept: Kept) -> Iterator[dict[str, Any]]:
    """Yield a chat for each test: the prompt that the right program was shown in, and the test as the answer."""
    problem = Problem(kept.task_id, kept.question, reference=kept.reference)
    messages = [{"role": message.role, "content": message.content} for message in prompt_of(problem)]
    prompt_hash = content_hash(*(part for message in messages for part in (message["role"], message["content"])))
    for test in kept.tests:
        answer = {"role": "assistant", "content": f"```python\n{test.code.strip()}\n```"}
        yield {"messages": [*messages, answer], "task_id": kept.task_id, "prompt_hash": prompt_hash}


def _rejects(store: Store) -> Iterator[dict[str, Any]]:
    for ended in store.ends(rejects=True):
        yield {
            "position": ended.position,
            "task_id": ended.task_id,
            "source": ended.origin,
            "stage": ended.stage,
            "reason": ended.why,
            "detail": ended.detail,
        }


def _generations(store: Store) -> Iterator[dict[str, Any]]:
    """Yield the rows of a recording, which a `scripted` engine replays."""
    for name, role, samples in store.recorded():
        texts = [{"text": item.raw, "tokens": item.tokens, "finish": item.finish} for item in samples]
        yield {"task_id": name, "role": role, "completions": texts}


def _write_parquet(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("question", "code_ground_truth", "code_generate", "unit_tests", "source_id")
    schema = pa.schema([("task_id", pa.int64()), *((name, pa.string()) for name in texts)])
    with whole(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        while batch := list(islice(rows, ROWS)):
            writer.write_table(pa.Table.from_pylist(batch, schema))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def totals_of(store: Store) -> Totals:
    """Sum up the data set."""
    found = Totals()
    for kept in store.accepted():
        found.rows += 1
        found.tests += len(kept.tests)
        found.repaired += sum(test.repaired > 0 for test in kept.tests)
        found.mutants += kept.mutants
        found.killed += len({kill for test in kept.tests for kill in test.kills})
        found.programs += len(kept.programs)
        found.right += sum(item.right is True for item in kept.programs)
        for test in kept.tests:
            found.rates = _sum(found.rates, test.rates)
        for why, count in kept.dropped.items():
            found.dropped[why] = found.dropped.get(why, 0) + count
    return found


def _sum(one: Rates, other: Rates) -> Rates:
    return Rates(
        one.true_positives + other.true_positives,
        one.false_positives + other.false_positives,
        one.false_negatives + other.false_negatives,
        one.true_negatives + other.true_negatives,
    )
