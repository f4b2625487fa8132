"""One program, one reward: for trainers that ask sample by sample and have no adapter of their own here.

Neither function raises: tests that cannot be read are a null with status `broken_tests`. What a null becomes is the trainer's
matter, and the pages in docs/integrations say it for each.
"""

import asyncio
from concurrent.futures import Future
from typing import Any

from coderm.client import Scorer, score_item
from coderm.client.contract import ProgramReward, ScoreAnswer
from coderm.client.scorer import null
from coderm.errors import CodeRMError
from coderm.integrations.rows import problem_of
from coderm.integrations.settings import reward_of, shared_client

DEADLINE_S = 300.0


async def rewarded(tests: Any, output: str, problem_id: Any = None, client: Scorer | None = None) -> ProgramReward:
    """Return the reward or null of a model's output; tests: as `coderm.integrations.rows` reads them."""
    try:
        answer = await asyncio.wrap_future(_asked(tests, output, problem_id, client))
    except CodeRMError as error:
        return null(0, 0, "broken_tests", error.message)
    return answer.results[0]


def rewarded_now(tests: Any, output: str, problem_id: Any = None, client: Scorer | None = None) -> ProgramReward:
    """The same, waiting for it; calls of many threads share requests."""
    try:
        return _asked(tests, output, problem_id, client).result().results[0]
    except CodeRMError as error:
        return null(0, 0, "broken_tests", error.message)


def _asked(tests: Any, output: str, problem_id: Any, client: Scorer | None) -> "Future[ScoreAnswer]":
    item = score_item(problem_of(tests, problem_id), [output])
    return (client or shared_client(DEADLINE_S)).submit([item], reward=reward_of())
