"""Codeforces of open-r1: {id, title, description, input_format, output_format, examples, official_tests, input_mode, ...}.

`generated_checker` is a Python program, called with the names of three files (input, expected output, the program's output), that
prints 1 for a right one. `interaction_format` marks interactive problems, `input_mode` those that read files. Tests that stand in
other files of the data set (`generated_tests`) are not read.
"""

from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.problems.contests.record import contest_problem, record_reader, row_id, seconds, text_of
from coderm.problems.contests.shapes import read_tests
from coderm.problems.contests.stdin_cases import stdin_cases
from coderm.problems.faults import FaultyRecord, RecordFault
from coderm.storage.jsonl import Row

_SECTIONS = (("input_format", "Input"), ("output_format", "Output"), ("note", "Note"))


@record_reader
def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row into a Problem."""
    if text_of(row, "interaction_format").strip():
        raise FaultyRecord(RecordFault.INTERACTIVE)
    if text_of(row, "input_mode").strip() not in ("", "stdio"):
        raise FaultyRecord(RecordFault.FILE_MODE)
    checker = text_of(row, "generated_checker")
    comparison = Comparison("checker", checker=checker) if checker.strip() else None
    examples = _examples(row)
    return contest_problem(
        row_id(row, ("id",), where, "Codeforces"),
        _question(row, examples),
        read_tests(row.get("official_tests")),
        "codeforces",
        comparison=comparison,
        cpu_s=seconds(row.get("time_limit")),
        examples=examples,
    )


def _examples(row: Row) -> tuple[Case, ...]:
    value = row.get("examples")
    return stdin_cases(read_tests(value).pairs, Comparison("checker")).cases if value else ()


def _question(row: Row, examples: tuple[Case, ...]) -> str:
    if not text_of(row, "description").strip():
        raise FaultyRecord(RecordFault.NO_QUESTION)
    sections = [(title, text_of(row, name).strip()) for name, title in _SECTIONS]
    parts = [text_of(row, "title").strip(), text_of(row, "description").strip()]
    parts += [f"{title}\n{text}" for title, text in sections if text]
    parts += [f"Example input\n{case.input.strip()}\n\nExample output\n{case.expected.strip()}" for case in examples]
    return "\n\n".join(part for part in parts if part)
