"""A job: one run directory, its config and the user's own files; everything a scheduler actor needs to carry it out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coderm.config.schema import EngineConfig, RunConfig
from coderm.extract.samples import given_programs, given_tests
from coderm.logs import LogSetup, Process
from coderm.messages.events import ProblemArrived
from coderm.messages.generation import Role
from coderm.problems.load import read_problems
from coderm.problems.supplied import open_programs, open_tests
from coderm.scheduling.roles import UserFiles, writing_engines, writing_roles


@dataclass(frozen=True, slots=True)
class Job:
    """Where, what and with whose candidates and tests."""

    run_id: str
    directory: Path
    config: RunConfig
    files: UserFiles = field(default_factory=UserFiles)

    def roles(self) -> dict[Role, str]:
        """Engine name of each role that has anything to write."""
        return writing_roles(self.config, self.files)

    def engines(self) -> dict[str, EngineConfig]:
        """Engines of these roles by name."""
        return writing_engines(self.config, self.files)

    def log(self, process: Process) -> LogSetup:
        """How a process of this job logs; only driver and scheduler are where the run directory is."""
        here = self.directory if process in ("driver", "scheduler") else None
        return LogSetup(self.run_id, process, self.config.cluster.log_level, here)

    def arrivals(self, finished: frozenset[int] = frozenset()) -> Iterator[ProblemArrived]:
        """Yield the problems not finished yet, one at a time, with what the user supplies for each."""
        programs = None if self.files.candidates is None else open_programs(self.files.candidates)
        tests = None if self.files.tests is None else open_tests(self.files.tests)
        for index, problem in enumerate(read_problems(self.config.problems)):
            if index not in finished:
                yield ProblemArrived(
                    index,
                    problem,
                    None if programs is None else given_programs(programs.of(problem)),
                    None if tests is None else given_tests(tests.of(problem), problem),
                )
