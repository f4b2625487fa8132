"""OpenRLHF: `reward_func` for a .py file, and the same over HTTP.

OpenRLHF has no word for a lost reward, and gives up an answer after 180 s. So a call is held and retried inside for 170 s; what has
no reward then is a set constant (CODERM_LOST_REWARD, 0 by default), counted as `lost` in extra_logs and warned about. Calls come
with lists of one element from many threads at once, and share requests. Rewards are always numbers, and extra_logs always
has the same keys.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coderm.client import Scorer, score_item
from coderm.client.contract import ProgramReward, ScoreItem
from coderm.errors import InputError
from coderm.integrations.rows import problem_of
from coderm.integrations.settings import LOST_VARIABLE, number_of, reward_of, shared_client, warn_lost
from coderm.logs import get_log

if TYPE_CHECKING:
    from fastapi import APIRouter

_log = get_log(__name__)
DEADLINE_S = 170.0
ASK_AGAIN = 20
"""Nulls that may pass are asked for so often, as there is no other way to wait for a service that restarts."""
KEYS = ("passed", "tests", "cached", "lost")
TAIL = 48
"""Characters of a prompt's end that are looked for where the prompt itself was cut."""
_END = re.compile(r"(?:\s*(?:<\|[^|<>]{1,40}\|>|<｜[^｜<>]{1,40}｜>|</s>|<s>|<pad>|<eos>|<end_of_turn>))+\s*\Z")


def reward_func(
    queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], client: Scorer | None = None, **unused: Any
) -> dict[str, Any]:
    """Return `rewards`, `scores` (lists of float) and `extra_logs` (a dict of float); labels: tests, as `rows` reads them."""
    constant = number_of(LOST_VARIABLE, 0.0)
    found: list[ProgramReward | None] = [None] * len(queries)
    try:
        places, items = _items(queries, prompts, labels)
        scorer = client or shared_client(DEADLINE_S, ASK_AGAIN)
        answer = scorer.score(items, reward=reward_of(), deadline_s=DEADLINE_S)
        for place, result in zip(places, answer.results, strict=True):
            found[place] = result
    except Exception as error:  # noqa: BLE001 - the boundary: an exception would become a reward of None without a word
        _log.error("no rewards for a call so the constant", error=error)
    rewards = [constant if result is None or result.reward is None else result.reward for result in found]
    return {"rewards": rewards, "scores": list(rewards), "extra_logs": _logs(found)}


def response_of(query: str, prompt: str) -> str:
    """Return the answer within a query, which is the prompt and the answer with their special tokens."""
    place = query.find(prompt) if prompt else -1
    end = place + len(prompt)
    if place < 0 and prompt:
        tail = prompt[-TAIL:]
        place = query.rfind(tail)
        end = place + len(tail)
    return _END.sub("", query[end:] if place >= 0 else query)


def reward_router(client: Scorer | None = None, path: str = "/reward") -> "APIRouter":
    """Return the remote form, a FastAPI router: `{query, prompts, labels}` in, what `reward_func` returns out. Needs fastapi."""
    from fastapi import APIRouter

    router = APIRouter()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        query = body.get("query") or []
        none = [None] * len(query)
        return reward_func(query, body.get("prompts") or [""] * len(query), body.get("labels") or none, client)

    router.add_api_route(path, answer, methods=["POST"], summary="Rewards for OpenRLHF's --reward.remote_url")
    return router


def _items(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]) -> tuple[list[int], list[ScoreItem]]:
    places, items = [], []
    for place, (query, prompt, label) in enumerate(zip(queries, prompts, labels, strict=True)):
        try:
            items.append(score_item(problem_of(label), [response_of(query, prompt)]))
            places.append(place)
        except InputError as error:
            _log.warning("a label cannot be scored so the constant", error=error)
    return places, items


def _logs(found: Sequence[ProgramReward | None]) -> dict[str, float]:
    """Return means over the call; OpenRLHF calls with one sample."""
    known = [result for result in found if result is not None]
    lost = len(found) - sum(result.reward is not None for result in known)
    if lost:
        first = next((result.status for result in known if result.reward is None), "malformed")
        _log.warning("no reward so the constant", lost=lost, first=first)
        warn_lost(known)
    sums = [sum(getattr(result, key) for result in known) for key in KEYS[:3]]
    return {key: float(total) / max(len(found), 1) for key, total in zip(KEYS, [*sums, lost], strict=True)}
