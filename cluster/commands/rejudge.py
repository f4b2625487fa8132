"""Judges stored programs again, by a problem's checks or the user's tests, without a run directory."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cluster.inputs import problem_source
from coderm.config.schema import RunConfig
from coderm.errors import DataError
from coderm.extract import Rejection, extract_program, extract_script
from coderm.extract.programs.prelude import runnable
from coderm.messages.problem import Problem
from coderm.messages.scoring import ProgramVerdict, ScoreRequest, ScoreSettings, Suite
from coderm.problems.load import read_problems
from coderm.problems.suite import examples_of, given_suite, suite_of
from coderm.problems.supplied import Supplied, open_tests
from coderm.rewards.broken import broken_tests
from coderm.rewards.group import Group, Rollout, rejected
from coderm.rewards.rescoring import Rejudge
from coderm.rewards.rollouts import RolloutLine, StoredGroup
from coderm.scheduling.blocks import limits_of
from coderm.scoring.local import local_scorer
from coderm.scoring.scorer import Scorer


@contextmanager
def rejudging(problems: Path, tests: Path | None, config: RunConfig) -> Iterator[Rejudge]:
    """Yield what judges a group in sandboxes of this machine, which end with the context.

    problems: a file of problems with checks, or `starter`. tests: {task_id, unit_tests} in their place.
    Raises DataError for a file that cannot be read, EngineError where no sandbox can be had.
    """
    known = {problem.task_id: problem for problem in read_problems(problem_source(problems))}
    supplied = None if tests is None else open_tests(tests)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            scorer = runner.run(stack.enter_async_context(local_scorer(config.sandbox)))
            judge = _Judge(scorer, config, known, supplied)
            yield lambda stored: runner.run(judge.group(stored))
        finally:
            runner.run(stack.aclose())


@dataclass(frozen=True, slots=True)
class _Judge:
    scorer: Scorer
    config: RunConfig
    problems: dict[str, Problem]
    tests: Supplied | None
    references: dict[str, ProgramVerdict] = field(default_factory=dict)

    async def group(self, stored: StoredGroup) -> Group:
        problem = self._problem(stored)
        suite, settings = self._suite(problem, stored.where), self._settings(problem)
        read = [_read(line, problem) for line in stored.lines]
        codes = tuple(runnable(rollout.code, problem) for rollout in read if rollout.verdict is not None)
        verdicts = await self._verdicts(problem, codes, suite, settings)
        shown = examples_of(problem) if problem.cases is not None else given_suite(problem.examples, problem)
        on_examples = await self._verdicts(problem, codes, shown, settings) if len(shown) else (None,) * len(codes)
        pairs = iter(zip(verdicts, on_examples, strict=True))
        rollouts = tuple(_with_verdicts(rollout, pairs) for rollout in read)
        broken = broken_tests(suite, settings, await self._reference(problem, suite, settings), verdicts)
        return Group(problem.task_id, rollouts, len(suite), broken, len(shown), settings.limits)

    def _problem(self, stored: StoredGroup) -> Problem:
        if stored.problem not in self.problems:
            raise DataError(f"{stored.where}: problem {stored.problem!r} is not among --problems; add it, or take its lines out")
        return self.problems[stored.problem]

    def _suite(self, problem: Problem, where: str) -> Suite:
        suite = suite_of(problem) if self.tests is None else given_suite(self.tests.of(problem), problem)
        if not len(suite):
            raise DataError(f"{where}: problem {problem.task_id!r} has no tests; give --tests with some for it")
        return suite

    def _settings(self, problem: Problem) -> ScoreSettings:
        """What is left out after timeouts in a row is not passed, as in the service."""
        box = self.config.sandbox
        limits = replace(limits_of(problem, box, "checks" if self.tests is None else "tests"), row_timeouts=box.row_timeouts)
        return ScoreSettings(limits, box.grading, box.fallback, canaries=box.canaries)

    async def _verdicts(
        self, problem: Problem, codes: tuple[str, ...], suite: Suite, settings: ScoreSettings
    ) -> tuple[ProgramVerdict, ...]:
        return await self.scorer.score_all(ScoreRequest(problem.task_id, codes, suite, settings)) if codes else ()

    async def _reference(self, problem: Problem, suite: Suite, settings: ScoreSettings) -> ProgramVerdict | None:
        if problem.reference and problem.task_id not in self.references:
            (self.references[problem.task_id],) = await self._verdicts(
                problem, (runnable(problem.reference, problem),), suite, settings
            )
        return self.references.get(problem.task_id)


def _read(line: RolloutLine, problem: Problem) -> Rollout:
    """Return the rollout with its code, or why it has none; one that is to be judged has an empty verdict for now."""
    waiting = ProgramVerdict((), ())
    if line.program is not None and (line.program.strip() or line.output is None):
        return Rollout(waiting, code=line.program, output=line.output)
    text = line.output or ""
    found = extract_program(text, problem) if problem.cases is None else extract_script(text)
    if isinstance(found, Rejection):
        return rejected(found.reason, line.output)
    return Rollout(waiting, code=found.code, output=line.output)


def _with_verdicts(rollout: Rollout, pairs: Iterator[tuple[ProgramVerdict, ProgramVerdict | None]]) -> Rollout:
    if rollout.verdict is None:
        return rollout
    verdict, examples = next(pairs)
    return replace(rollout, verdict=verdict, examples=examples)
