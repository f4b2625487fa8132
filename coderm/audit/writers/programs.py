"""The candidates that writers are judged on: a file of programs, a run directory, or recorded answers of a policy."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from coderm.audit.writers.written import Recorded, first_row
from coderm.messages.problem import Problem
from coderm.problems.supplied import open_programs
from coderm.storage.jsonl import write_jsonl


class Programs(Protocol):
    """Tells the programs of a problem, duplicates included; blank where none could be read out of an answer."""

    def of(self, problem: Problem) -> list[str]:
        """Return the programs of a problem; none where there is no row."""

    def task_ids(self) -> frozenset[str]:
        """Ids that there are programs for."""

    def as_file(self, problems: Iterable[Problem], place: Path) -> Path:
        """Return a file that `coderm score` reads; written to `place` where there is none yet."""


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._programs = open_programs(path, needed=False)

    def of(self, problem: Problem) -> list[str]:
        return self._programs.of(problem)

    def task_ids(self) -> frozenset[str]:
        return self._programs.task_ids()

    def as_file(self, problems: Iterable[Problem], place: Path) -> Path:
        return self._path


class _Answers:
    def __init__(self, path: Path) -> None:
        self._answers = Recorded(path, "policy")

    def of(self, problem: Problem) -> list[str]:
        return [sample.code for sample in self._answers.samples(problem)]

    def task_ids(self) -> frozenset[str]:
        return self._answers.task_ids()

    def as_file(self, problems: Iterable[Problem], place: Path) -> Path:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(place, ({"task_id": one.task_id, "solutions": self.of(one)} for one in problems))
        return place


def open_candidates(path: Path) -> Programs:
    """Open what holds candidates. Raises DataError where it cannot be read."""
    place = path / "candidates.jsonl" if path.is_dir() else path
    return _Answers(place) if "completions" in first_row(place) else _File(place)
