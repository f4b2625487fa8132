"""verl: `compute_score` for `reward.custom_reward_function`, a plain coroutine function with a cap of its own.

verl has no word for a lost reward: None and NaN break the group's advantages later. In its v1 trainer an exception leaves that
sample out, so lost is RewardLost; with `on_lost="0"` (for the v0 trainer, which an exception ends) it is 0.0 with `lost` 1.0. Every
answer has the same numeric keys, since verl asks all samples for the keys of the first.
"""

import asyncio
import weakref
from typing import Any, Literal

from coderm.client import RewardLost, Scorer, score_item
from coderm.client.contract import ProgramReward
from coderm.errors import InputError
from coderm.integrations.rows import problem_of
from coderm.integrations.settings import json_of, reward_of, shared_client
from coderm.logs import get_log

_log = get_log(__name__)
DEADLINE_S = 300.0
KEYS = ("score", "acc", "passed", "tests", "cached", "lost")
OnLost = Literal["raise", "0"]
_caps: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, asyncio.Semaphore]]" = weakref.WeakKeyDictionary()


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: dict[str, Any] | None = None,
    *,
    reward: Any = None,
    on_lost: OnLost = "raise",
    deadline_s: float = DEADLINE_S,
    max_concurrency: int = 512,
    client: Scorer | None = None,
    **unused: Any,
) -> dict[str, float]:
    """Return a sample's score and figures; ground_truth: tests as JSON text or a problem's id, as `rows` reads them.

    Raises RewardLost when there is no reward, InputError when the tests cannot be read; with on_lost = "0" neither.
    """
    name = (extra_info or {}).get("problem_id")
    terms = reward_of(None if reward is None else json_of(reward))
    try:
        item = score_item(problem_of(ground_truth, name), [solution_str])
        async with _cap(max_concurrency):
            scorer = client or shared_client(DEADLINE_S)
            answer = await asyncio.wrap_future(scorer.submit([item], reward=terms, deadline_s=deadline_s))
        (result,) = answer.results
        if result.reward is None:
            raise RewardLost(f"{data_source}: no reward ({result.status}): {result.message}")
    except (RewardLost, InputError) as error:
        if str(on_lost) != "0":
            raise
        _log.warning("no reward for a sample so zero", error=error)
        return dict.fromkeys(KEYS, 0.0) | {"lost": 1.0}
    return _figures(result, result.reward)


def _figures(result: ProgramReward, reward: float) -> dict[str, float]:
    right = result.tests > 0 and result.passed == result.tests and result.status == "scored"
    figures = (reward, float(right), float(result.passed), float(result.tests), float(result.cached), 0.0)
    return dict(zip(KEYS, figures, strict=True))


def _cap(most: int) -> asyncio.Semaphore:
    """Return the semaphore of this loop: verl begins all samples of a batch at once."""
    caps = _caps.setdefault(asyncio.get_running_loop(), {})
    return caps.setdefault(most, asyncio.Semaphore(most))
