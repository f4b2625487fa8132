"""How the scorer is asked: under which settings, until when."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from coderm.config.service import ServiceConfig
from coderm.messages.case_rules import StopRule
from coderm.messages.problem import Problem
from coderm.messages.scoring import ProgramVerdict, ScoreRequest, ScoreSettings
from coderm.scheduling.blocks import limits_of
from coderm.scoring.scorer import LATE
from coderm.service.ports import Scorer

ANSWER_S = 0.25
"""Kept of a deadline for the way back: the scorer has to be done by then."""


def end_of(deadline_s: float) -> float:
    """Return when the scorer has to be done, in the running loop's time."""
    return asyncio.get_running_loop().time() + max(deadline_s - ANSWER_S, deadline_s / 2)


def settings_of(config: ServiceConfig, problem: Problem, stop: StopRule = "never") -> ScoreSettings:
    """Return how programs of a problem are judged."""
    box = config.sandbox
    limits = limits_of(problem, box, "tests")
    if problem.judge_cpu_s is not None:
        limits = replace(limits, cpu_s=problem.judge_cpu_s, wall_s=max(limits.wall_s, problem.judge_cpu_s))
    return ScoreSettings(limits, box.grading, box.fallback, stop, box.canaries, config.service.detail == "full")


async def verdicts(scorer: Scorer, request: ScoreRequest, end: float) -> AsyncGenerator[tuple[int, ProgramVerdict], None]:
    """Yield (place of a program, its verdict); one that came too late says so by the name of the status."""
    left_s = max(0.0, end - asyncio.get_running_loop().time())
    found = scorer.score(request, left_s)
    try:
        async for at, verdict in found:
            yield at, replace(verdict, lost=f"deadline: {LATE}") if verdict.lost == LATE else verdict
    finally:
        if isinstance(found, AsyncGenerator):
            await found.aclose()
