"""A run as a data set that `datasets.load_dataset(DIR)` reads: parquet files of programs, tests and pairs, and a card."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from coderm.evaluation.finished_problem import FinishedProblem
from coderm.report.exporting.samples import Chosen, Row
from coderm.storage.atomic import whole, write_text

ROWS_AT_ONCE = 50_000
"""Rows held before a group of them is written."""
TABLES = ("programs", "tests", "pairs")
PROGRAMS = {"task_id": "string", "position": "int32", "program": "string", "correct": "bool", "chosen": "bool"}
TESTS = {"task_id": "string", "position": "int32", "unit_test": "string"}
CARD = """---
configs:
{configs}---
# {name}

Programs, unit tests and the pass matrix of a run of CodeRM on Ray, version {version}.

| table | one row is |
|---|---|
| `programs` | a candidate: `task_id`, `position`, `program`, `correct` (null where it is not known), `chosen` |
| `tests` | a unit test: `task_id`, `position`, `unit_test` |
| `pairs` | one candidate under one test: `task_id`, `candidate`, `test`, `outcome`, `cpu_s`, `grading` |

{problems} problems, {programs} programs, {tests} tests, {pairs} pairs. Positions count from 0. Models wrote the texts, which
may be wrong or harmful: execute them in a sandbox only.

The licence of the problems and of the models decides how these texts may be used. This project does not know it. State it here.

## How it was made

Selection rule `{rule}`, seed {seed}. Versions: {versions}.

```json
{config}
```
"""


def write_data_set(
    problems: Iterable[tuple[FinishedProblem, Chosen]],
    folder: Path,
    matrix: Path,
    summary: Mapping[str, Any],
    config: Mapping[str, Any],
) -> dict[str, int]:
    """Write the folder and return its counts; the card comes last. matrix: the run's file.

    Raises StorageError when the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(("problems", *TABLES), 0)
    with ExitStack() as stack:
        programs = stack.enter_context(_table(folder / "programs.parquet", PROGRAMS))
        tests = stack.enter_context(_table(folder / "tests.parquet", TESTS))
        for problem, chosen in problems:
            counts["problems"] += 1
            counts["programs"] += programs(_programs(problem, chosen))
            counts["tests"] += tests(_tests(problem))
    counts["pairs"] = _copy_pairs(matrix, folder / "pairs.parquet")
    configs = "".join(f"- config_name: {table}\n  data_files: {table}.parquet\n" for table in TABLES)
    card = CARD.format(
        configs=configs,
        name=folder.resolve().name,
        version=summary["versions"].get("coderm", "?"),
        rule=summary["rule"],
        seed=summary["seed"],
        versions=", ".join(f"{name} {version}" for name, version in summary["versions"].items()),
        config=json.dumps(config, indent=1, ensure_ascii=False),
        **counts,
    )
    write_text(folder / "README.md", card)
    return counts


def _programs(problem: FinishedProblem, chosen: Chosen) -> list[Row]:
    result = problem.result
    return [
        {
            "task_id": result.problem.task_id,
            "position": place,
            "program": _sound(sample.code),
            "correct": bool(problem.correct[place]) if problem.labelled else None,
            "chosen": place == chosen,
        }
        for place, sample in enumerate(result.candidates)
    ]


def _tests(problem: FinishedProblem) -> list[Row]:
    task_id = problem.result.problem.task_id
    return [
        {"task_id": task_id, "position": place, "unit_test": _sound(one.code)} for place, one in enumerate(problem.result.tests)
    ]


def _sound(text: str) -> str:
    """Parquet holds UTF-8: a lone surrogate becomes its JSON escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def _table(path: Path, columns: Mapping[str, str]) -> Iterator[Callable[[list[Row]], int]]:
    """Yield a function that takes rows and returns their number; they are written some at a time, the file whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
    held: list[Row] = []
    with whole(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:

        def add(rows: list[Row]) -> int:
            held.extend(rows)
            if len(held) >= ROWS_AT_ONCE:
                writer.write_table(pa.Table.from_pylist(held, schema))
                held.clear()
            return len(rows)

        yield add
        writer.write_table(pa.Table.from_pylist(held, schema))


def _copy_pairs(matrix: Path, path: Path) -> int:
    """Copy the run's matrix and return the number of its rows."""
    import pyarrow.parquet as pq

    with whole(path) as temporary:
        shutil.copyfile(matrix, temporary)
    return int(pq.read_metadata(path).num_rows)
