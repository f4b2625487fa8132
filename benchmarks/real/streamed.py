"""Honest programs through the scorer, alone and with as many beside them that wait: when the last honest one has its verdict.

One request for each problem, all at once, as a trainer sends them; a request yields each program's verdict as soon as it is known.
In the requests honest programs and those that wait take turns.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from coderm.config.schema import SandboxConfig
from coderm.messages.execution import Limits
from coderm.messages.scoring import ScoreRequest, ScoreSettings, UnitTests
from coderm.scoring.local import local_scorer
from coderm.scoring.scorer import Scorer
from real import sets


def streamed(image: str, containers: int, grading: Any, programs: int, repeats: int) -> Iterator[dict[str, Any]]:
    """Measure both; the least times of some rounds that take turns, each with texts of its own."""
    alone, beside = asyncio.run(_rounds(image, containers, grading, programs, repeats))
    for name, number, (honest_s, all_s) in (("honest, streamed", programs, alone), ("beside, streamed", 2 * programs, beside)):
        figures = {"seconds": round(all_s, 3), "honest_seconds": round(honest_s, 3)}
        pairs = 16 * number
        yield {
            "set": name, "grading": grading, "build": "new", "pairs": pairs, "pairs_per_second": round(pairs / all_s, 1), **figures
        }  # fmt: skip
    print(f"{grading}: with as many that wait, the honest ones take {beside[0] / alone[0]:.2f} times as long")


async def _rounds(image: str, containers: int, grading: Any, programs: int, repeats: int) -> list[tuple[float, float]]:
    found: list[list[tuple[float, float]]] = [[], []]
    async with local_scorer(SandboxConfig(image=image), executors=containers) as scorer:
        for place in range(repeats + 1):  # the first one is to warm up
            for waiting, times in zip((False, True), found, strict=True):
                times.append(await _round(scorer, grading, programs, f"# round {place} {waiting}\n", waiting=waiting))
    return [(min(one for one, _ in times[1:]), min(one for _, one in times[1:])) for times in found]


async def _round(scorer: Scorer, grading: Any, programs: int, mark: str, *, waiting: bool) -> tuple[float, float]:
    """Judge all; return the seconds to the last honest verdict and to the last verdict."""
    settings = ScoreSettings(limits=Limits(row_timeouts=2), grading=grading)
    started, last = time.perf_counter(), [0.0, 0.0]

    async def judge(honest: sets.Task, others: sets.Task) -> None:
        mixed = list(chain(*zip(honest.programs, others.programs, strict=True))) if waiting else list(honest.programs)
        request = ScoreRequest(honest.name, tuple(text + mark for text in mixed), UnitTests(honest.tests), settings)
        async for place, _ in scorer.score(request):
            now = time.perf_counter() - started
            last[1] = max(last[1], now)
            if not waiting or place % 2 == 0:
                last[0] = max(last[0], now)

    await asyncio.gather(*map(judge, sets.honest(programs).tasks, sets.waiting(programs).tasks))
    return last[0], last[1]
