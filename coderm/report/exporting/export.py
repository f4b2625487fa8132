"""Writes a run in one of the formats of this room."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coderm.config.schema import RunConfig, SelectionConfig
from coderm.errors import DataError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.report.exporting.data_set import write_data_set
from coderm.report.exporting.samples import LINES, Chosen
from coderm.report.table import load_summary
from coderm.report.why import chosen_by
from coderm.selection.factory import make_rule
from coderm.storage.atomic import whole
from coderm.storage.journal import Journal
from coderm.storage.jsonl import jsonl_writer
from coderm.storage.run_directory import RunDirectory

FORMATS = (*LINES, "datasets")


def export(directory: Path, name: str, out: Path, *, every: bool = False) -> str:
    """Write a run to `out`, a file, or a folder for `datasets`, and return one line that says what is there.

    every: all candidates in place of the chosen one. Raises DataError where the directory is no finished run, or the format is
    unknown, StorageError when the disk refuses.
    """
    if name not in FORMATS:
        raise DataError(f"export: no format {name!r}; there are {', '.join(FORMATS)}")
    summary, selection = load_summary(directory), chosen_by(directory)
    with Journal(RunDirectory(directory).journal, readonly=True) as journal:
        problems = _problems(journal, selection)
        if name == "datasets":
            config = json.loads(RunDirectory(directory).config.read_text("utf-8"))
            settings = {key: value for key, value in config.items() if key in RunConfig.model_fields}
            counts = write_data_set(problems, out, directory / "matrix.parquet", summary, settings)
            return f"{out}: " + ", ".join(f"{count:,} {table}" for table, count in counts.items())
        rows = (row for problem, chosen in problems for row in LINES[name](problem, chosen, every=every))
        return f"{out}: {_write(rows, out, as_list=name == 'livecodebench'):,} objects"


def _problems(journal: Journal, selection: SelectionConfig) -> Iterator[tuple[FinishedProblem, Chosen]]:
    rule = make_rule(selection)
    for result in journal.results():
        problem = FinishedProblem(result)
        row = problem.select(rule, examples=selection.examples).chosen
        yield problem, None if row is None else int(problem.positions[row])


def _write(rows: Iterator[dict[str, Any]], out: Path, *, as_list: bool) -> int:
    """Write rows as JSON Lines, or as the one JSON list that LiveCodeBench reads, and return their number."""
    number = 0
    if as_list:
        with whole(out) as temporary, temporary.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(("[" if number == 0 else ",\n") + json.dumps(row))
                number += 1
            file.write("]\n" if number else "[]\n")
        return number
    with jsonl_writer(out) as write:
        for row in rows:
            write(row)
            number += 1
    return number
