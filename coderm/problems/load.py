"""From a config to problems: picks the reader and keeps what was asked for.

Streams; readers are imported only when asked for, so that this import stays light.
"""

from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path

from coderm.config.schema import ProblemsConfig
from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.reading import Faults, problems_from_file

FILE_READERS = {
    "jsonl": "generic",
    "humaneval": "humaneval",
    "mbpp": "mbpp",
    "livecodebench": "livecodebench",
    "coderm": "coderm_release",
    "apps": "contests.apps",
    "taco": "contests.taco",
    "code_contests": "contests.code_contests",
    "codeforces": "contests.codeforces",
    "prime": "contests.prime",
    "deepcoder": "contests.deepcoder",
}
"""Modules with a `problem_from_row`."""


def read_problems(config: ProblemsConfig, faults: Faults | None = None) -> Iterator[Problem]:
    """Yield the problems a config asks for, in file order; `only` is applied before `limit`. Rejects are counted in `faults`.

    Raises DataError for a broken file, an id that occurs twice, or ids in `only` that are not there; InfrastructureError when a
    hub data set cannot be fetched.
    """
    problems = _source(config, faults)
    if config.only:
        problems = _only(problems, config.only, config.path or config.source)
    return islice(problems, config.limit)


def _source(config: ProblemsConfig, faults: Faults | None) -> Iterator[Problem]:
    if config.source == "starter":
        from coderm.problems.starter import read_starter

        return read_starter()
    if config.source == "hub":
        from coderm.problems.hub import read_hub

        return read_hub(config.path, config.split, faults)
    module = import_module(f"coderm.problems.{FILE_READERS[config.source]}")
    return problems_from_file(Path(config.path), module.problem_from_row, faults)


def _only(problems: Iterator[Problem], only: tuple[str, ...], origin: str) -> Iterator[Problem]:
    """Keep the named problems; stop reading once all were seen, raise at the end of the file when some were not."""
    wanted = set(only)
    for problem in problems:
        if problem.task_id in wanted:
            wanted.discard(problem.task_id)
            yield problem
        if not wanted:
            return
    raise DataError(f"{origin}: no problem named {', '.join(sorted(wanted))}; correct problems.only or choose another file")
