"""The problems shipped with the project: small functions, graded easy, medium and hard, so that a first run needs no download."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from coderm.messages.problem import Problem
from coderm.problems.generic import problem_from_row
from coderm.problems.reading import problems_from_file

STARTER = Path(__file__).with_name("starter.jsonl")


def read_starter(path: Path = STARTER) -> Iterator[Problem]:
    """Yield the starter problems, ids `starter/<slug>`, easy ones first."""
    for problem in problems_from_file(path, problem_from_row):
        yield replace(problem, source="starter")
