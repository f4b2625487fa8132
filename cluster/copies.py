"""Problems that are there twice: among themselves, and in benchmarks, by what `coderm data build` goes by."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from cluster.inputs import problem_source
from coderm.audit.report import Copies
from coderm.config.data import DecontaminateConfig
from coderm.data.stages.decontaminate import Decontaminate
from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.load import read_problems


def find_copies(problems: Iterable[Problem], benchmarks: Sequence[Path]) -> Copies:
    """Return which problems are copies of an earlier one, and which are in a benchmark; raises DataError for an empty benchmark."""
    known = [(path, Decontaminate(DecontaminateConfig(), read_problems(problem_source(path)))) for path in benchmarks]
    for path, benchmark in known:
        if not benchmark.problems:
            raise DataError(f"{path}: holds no problem; give a benchmark's file")
    earlier = Decontaminate(DecontaminateConfig(), ())
    duplicates, contaminated = [], []
    for problem in problems:
        if (copied := earlier.copied(problem)) is not None:
            duplicates.append((problem.task_id, copied.detail))
        earlier.learn(problem)
        for _, benchmark in known:
            if (copied := benchmark.copied(problem)) is not None:
                contaminated.append((problem.task_id, copied.detail))
    return Copies(tuple(duplicates), tuple(contaminated))
