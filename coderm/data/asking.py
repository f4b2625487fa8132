"""What a stage asks for, and how it asks: it yields a question and is sent the answer.

Every question has an id made of content, so that an answer can be looked up instead of asked for again.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from coderm.config.data import DataConfig
from coderm.config.schema import SamplingConfig
from coderm.data.records import Record, Rejected, Why
from coderm.errors import InfrastructureError
from coderm.messages.events import Generate, Sampled
from coderm.messages.execution import Outcome
from coderm.messages.generation import GenerationRequest, Role, Sampling
from coderm.messages.hashing import content_hash
from coderm.messages.problem import ChatMessage, Problem
from coderm.messages.samples import Sample
from coderm.messages.scoring import ProgramVerdict, ScoreRequest, ScoreSettings, Suite
from coderm.scheduling.blocks import limits_of

T = TypeVar("T")
Ask = Generate | ScoreRequest
AS_IN_A_RUN = frozenset({"tests", "programs"})
"""Purposes that a run has under the problem's own id: what a run recorded serves a build, and the other way round."""
Steps = Generator[Ask, Any, T]
"""Yields questions, is sent a Sampled or the verdicts, and returns a T."""


class Stage(Protocol):
    """A stage after the sieve."""

    def __call__(self, record: Record) -> Steps[Record | Rejected]:
        """Go over one record."""


class PairsLost(InfrastructureError):
    """A pair came back without a verdict: nothing is known, so the record is neither accepted nor rejected."""


def sample(
    config: DataConfig,
    record: Record,
    purpose: str,
    messages: Sequence[ChatMessage],
    sampling: SamplingConfig,
    *,
    n: int = 1,
    offset: int = 0,
    role: Role = "coderm",
) -> Steps[tuple[Sample, ...]]:
    """Ask a model; role `coderm` is the strong one, `policy` the weak one."""
    problem = _light(record.problem)
    limits = Sampling(sampling.temperature, sampling.top_p, sampling.max_tokens)
    parts = [part for message in messages for part in (message.role, message.content)]
    name = content_hash("sample", problem.task_id, purpose, role, repr(limits), str(n), str(offset), str(config.seed), *parts)
    recorded = problem.task_id if purpose in AS_IN_A_RUN else f"{problem.task_id}|{purpose}"
    request = GenerationRequest(name, recorded, role, tuple(messages), n, config.seed, limits, offset)
    answer: Sampled = yield Generate(name, request, problem)
    return answer.samples


def another_try(sampling: SamplingConfig, number: int) -> SamplingConfig:
    """Return how to sample a further try: at temperature 0 it would give the same text again."""
    return sampling if number == 0 or sampling.temperature else sampling.model_copy(update={"temperature": 0.8, "top_p": 0.95})


def score(
    record: Record,
    programs: Sequence[str],
    suite: Suite,
    config: DataConfig,
    *,
    cpu_s: float | None = None,
    checks: bool = False,
    details: bool = False,
) -> Steps[tuple[ProgramVerdict, ...]]:
    """Ask for the verdicts of programs. checks: the suite is the source's own, under its own limit.

    details: tell why a pair did not pass. Raises PairsLost.
    """
    sandbox = config.sandbox
    limit = (record.problem.judge_cpu_s or cpu_s or sandbox.check_cpu_s) if checks else sandbox.cpu_s
    limits = replace(limits_of(record.problem, sandbox, "tests"), cpu_s=limit, wall_s=max(sandbox.wall_s, 4 * limit))
    if checks:
        limits = replace(limits, row_timeouts=0)
    settings = ScoreSettings(
        limits, sandbox.grading, sandbox.fallback, "first_failure" if checks else "never", canaries=0, details=details
    )
    verdicts: tuple[ProgramVerdict, ...] = yield ScoreRequest(record.problem.task_id, tuple(programs), suite, settings)
    lost = next((verdict.lost for verdict in verdicts if Outcome.LOST in verdict.outcomes), None)
    if lost is not None:
        raise PairsLost(f"{record.problem.task_id}: {lost or 'no verdict'}; run the same command again")
    return verdicts


def passes_all(verdict: ProgramVerdict) -> bool:
    """Whether a program passed every test."""
    return all(outcome == Outcome.PASSED for outcome in verdict.outcomes)


def refusal(samples: Sequence[Sample]) -> Rejected | None:
    """Return the reject of a prompt that no backend takes, None where there is an answer."""
    if not samples:
        return None
    reasons = {sample.rejected for sample in samples if not sample.raw}
    if all(not sample.raw for sample in samples) and reasons <= {"prompt_too_long", "refused"}:
        return Rejected(Why.PROMPT_TOO_LONG if "prompt_too_long" in reasons else Why.REFUSED)
    return None


def ask_id(ask: Ask, environment: str) -> str:
    """Name a question by all that its answer depends on."""
    if isinstance(ask, Generate):
        return ask.command_id
    return content_hash("score", environment, ask.problem_id, repr(ask.settings), repr(ask.suite), *ask.programs)


def _light(problem: Problem) -> Problem:
    """Return what readers of answers look at: cases may be megabytes, and tests are asked for in function form only."""
    return Problem(problem.task_id, problem.question, problem.entry_point, problem.prompt, source=problem.source)
