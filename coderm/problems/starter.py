"""The problems shipped with the project: small functions, graded easy, medium and hard, so that a first run needs no download."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from coderm.messages.problem import Problem
from coderm.problems.generic import read_problem_jsonl

STARTER = Path(__file__).with_name("starter.jsonl")


def read_starter(path: Path = STARTER) -> Iterator[Problem]:
    """Yield the starter problems, ids `starter/<slug>`, easy ones first."""
    for problem in read_problem_jsonl(path):
        yield replace(problem, source="starter")
