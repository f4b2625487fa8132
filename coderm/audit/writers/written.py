"""What a writer of tests wrote: a run directory, recorded answers, or a file of tests, read problem by problem."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from coderm.errors import DataError
from coderm.extract.samples import given_tests, read_answers
from coderm.extract.unit_tests.given_test import read_given_test
from coderm.messages.case_texts import case_of
from coderm.messages.generation import Completion, Role
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample
from coderm.problems.supplied import Supplied, open_tests
from coderm.storage.indexed_lines import IndexedLines
from coderm.storage.jsonl import Row, read_jsonl

DUPLICATE = "duplicate"
Answer = tuple[tuple[tuple[str, str], ...], str]
"""The (code, key) of each test that an answer holds, and why it is rejected; empty: it is not."""


@dataclass(frozen=True, slots=True)
class Written:
    """tests: distinct usable ones in order, as they run. asked: answers. tokens: of the answers, None: unknown. rejected: why."""

    tests: tuple[str, ...] = ()
    asked: int = 0
    tokens: int | None = None
    rejected: Counter[str] = field(default_factory=Counter)


class Writer(Protocol):
    """Tells what was written for a problem; nothing for one that it does not know."""

    def of(self, problem: Problem) -> Written:
        """Return what was written for a problem."""

    def task_ids(self) -> frozenset[str]:
        """Ids that answers or tests are there for."""


class FileOfTests:
    """{task_id, unit_tests} lines; a text without a case is rejected, and so is the second of two equal ones."""

    def __init__(self, path: Path) -> None:
        self._tests: Supplied = open_tests(path)

    def of(self, problem: Problem) -> Written:
        """See Writer.of."""
        texts = self._tests.of(problem)
        samples = [_given(text, sample, problem) for text, sample in zip(texts, given_tests(texts, problem), strict=True)]
        return _written(samples, None)

    def task_ids(self) -> frozenset[str]:
        """See Writer.task_ids."""
        return self._tests.task_ids()


def _given(text: str, sample: Sample, problem: Problem) -> Answer:
    holds = case_of(text) is not None if problem.cases is not None else read_given_test(text, problem).holds
    return ((sample.code, sample.key),), "" if holds else "no_case"


class Recorded:
    """{task_id, role, completions} lines, as a run's generations.jsonl; those of one role are read as a run reads them."""

    def __init__(self, path: Path, role: Role = "coderm") -> None:
        self._role: Role = role
        self._lines = IndexedLines(path)
        self._index = {row["task_id"]: number for number, row in self._lines.scan() if row.get("role") == role}
        if not self._index:
            raise DataError(f"{path}: holds no answer of the role {role!r}; give recorded generations that do")

    def samples(self, problem: Problem) -> tuple[Sample, ...]:
        """Return the answers as they are read back, rejected ones in their place."""
        number = self._index.get(problem.task_id)
        items = [] if number is None else self._lines.row(number).get("completions", [])
        return read_answers(problem, self._role, [_completion(item) for item in items])

    def of(self, problem: Problem) -> Written:
        """See Writer.of."""
        samples = self.samples(problem)
        tokens = sum(sample.tokens for sample in samples) or None
        return _written([(((sample.code, sample.key), *sample.further), sample.rejected) for sample in samples], tokens)

    def task_ids(self) -> frozenset[str]:
        """See Writer.task_ids."""
        return frozenset(self._index)


def _completion(item: Any) -> Completion:
    if isinstance(item, str):
        return Completion(item)
    return Completion(str(item.get("text", "")), int(item.get("tokens") or 0), str(item.get("finish", "stop")))


def _written(samples: Iterable[Answer], tokens: int | None) -> Written:
    """Keep the first of equal usable tests."""
    kept: dict[str, str] = {}
    rejected: Counter[str] = Counter()
    asked = 0
    for tests, why in samples:
        asked += 1
        new = {} if why else {key: code for code, key in tests if key not in kept}
        kept |= new
        rejected.update([] if new else [why or DUPLICATE])
    return Written(tuple(kept.values()), asked, tokens, rejected)


def open_writer(path: Path) -> Writer:
    """Open a run directory, a file of recorded answers or a file of tests. Raises DataError for anything else."""
    if not path.is_dir():
        return Recorded(path) if "completions" in first_row(path) else FileOfTests(path)
    answers, tests = path / "generations.jsonl", path / "tests.jsonl"
    if answers.is_file() and any(row.get("role") == "coderm" for _, row in read_jsonl(answers)):
        return Recorded(answers)
    if tests.is_file():
        return FileOfTests(tests)
    raise DataError(f"{path}: holds neither generations.jsonl nor tests.jsonl; give the directory of a finished run")


def first_row(path: Path) -> Row:
    """Return the first row of a file; empty for a file without any."""
    return next((row for _, row in read_jsonl(path)), {})
