"""CodeContests and CodeContests+.

CodeContests: {name, description, public_tests, private_tests, generated_tests, solutions, time_limit, input_file, output_file}; its
tests are {"input": [...], "output": [...]}, its solutions {"language": [...], "solution": [...]}.
CodeContests+: {source, id, title, description, time_limit, memory_limit, validator, generator, generator_cmd, checker,
correct_submissions, incorrect_submissions, test_cases}; submissions are {"code", "language"}. A checker is C++ text on testlib. One
that is a standard checker is a comparison of ours; any other cannot run here. Where rows come without test_cases, these are to be
made by the generator first.
"""

import re
from typing import Any

from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.problems.contests.record import contest_problem, first_python, record_reader, row_id, seconds, text_of
from coderm.problems.contests.shapes import RecordTests, read_tests
from coderm.problems.contests.stdin_cases import stdin_cases
from coderm.problems.faults import FaultyRecord, RecordFault
from coderm.storage.jsonl import Row

PYTHON3 = frozenset({3, "PYTHON3", "python3", "py3"})
"""Python 3 among the languages: CodeContests' code, its name where the codes were resolved, and CodeContests+'s name."""
LONGEST_S = 100.0
"""No contest gives a program longer: a limit of more is in milliseconds."""
_TESTS = ("public_tests", "private_tests", "generated_tests")
_NAME = re.compile(r"setName\s*\(\s*\"([^\"]*)\"")
_EPSILON = re.compile(r"\bEPS\s*=\s*([0-9.]+[eE]-[0-9]+)")
_DOUBLES = re.compile(r"compare two (?:sequences of )?doubles")
_STANDARD = (
    (re.compile(r"compare sequences? of tokens"), Comparison("tokens")),
    (re.compile(r"compare files as sequence of lines|compare lines"), Comparison("exact")),
    (re.compile(r"compare (?:ordered sequences of|two) signed (?:int|huge int)"), Comparison("decimal")),
)
"""testlib's own checkers by what they call themselves."""


@record_reader
def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row of either set into a Problem."""
    if text_of(row, "input_file").strip() or text_of(row, "output_file").strip():
        raise FaultyRecord(RecordFault.FILE_MODE)
    plus = "test_cases" in row or "checker" in row
    return contest_problem(
        row_id(row, ("id", "name"), where, "CodeContests+" if plus else "CodeContests"),
        text_of(row, "description"),
        read_tests(row.get("test_cases")) if plus else _tests(row, _TESTS),
        "code_contests",
        reference=first_python(_submissions(row.get("correct_submissions")) if plus else _solutions(row.get("solutions"))),
        comparison=_checker(text_of(row, "checker")) if plus else None,
        cpu_s=_limit(seconds(row.get("time_limit"))),
        examples=() if plus else _examples(row),
    )


def _tests(row: Row, names: tuple[str, ...]) -> RecordTests:
    """Join the tests of several fields; one that holds none is left out."""
    pairs: list[tuple[Any, Any]] = []
    for name in names:
        value = row.get(name)
        if isinstance(value, dict) and not any(value.values()):
            continue
        if value:
            pairs += read_tests(value).pairs
    if not pairs:
        raise FaultyRecord(RecordFault.NO_TESTS)
    return RecordTests(tuple(pairs))


def _examples(row: Row) -> tuple[Case, ...]:
    value = row.get("public_tests")
    return stdin_cases(read_tests(value).pairs).cases if isinstance(value, dict) and any(value.values()) else ()


def _solutions(value: object) -> list[object]:
    if not isinstance(value, dict):
        return []
    languages, texts = value.get("language", []), value.get("solution", [])
    if not isinstance(languages, list) or not isinstance(texts, list):
        return []
    return [text for language, text in zip(languages, texts, strict=False) if language in PYTHON3]


def _submissions(value: object) -> list[object]:
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return [row.get("code") for row in rows if row.get("language") in PYTHON3]


def _limit(limit: float | None) -> float | None:
    return limit / 1000 if limit is not None and limit > LONGEST_S else limit


def _checker(source: str) -> Comparison | None:
    """Return the comparison of a standard checker; none where a row has no checker. Raises FaultyRecord for any other."""
    if not source.strip():
        return None
    named = _NAME.search(source)
    for words, comparison in _STANDARD:
        if named and words.search(named[1]):
            return comparison
    if named and _DOUBLES.search(named[1]) and (epsilon := _EPSILON.search(source)):
        return Comparison("allclose", float(epsilon[1]), float(epsilon[1]))
    raise FaultyRecord(RecordFault.NEEDS_CHECKER, "a checker in C++")
