"""Reads an answer: a stream of JSON lines, or one JSON whole. What came before a cut is kept."""

import json
from collections.abc import AsyncIterator, Callable

import httpx
from pydantic import ValidationError

from coderm.client.contract import ProgramReward, ScoreAnswer, StreamEnd
from coderm.client.tries import Again, Refused, TryFailed

NDJSON = "application/x-ndjson"


async def read_answer(response: httpx.Response, take: Callable[[ProgramReward], None]) -> None:
    """Give every reward of a 200 to `take`, each the moment it comes.

    Raises TryFailed: Again for an answer that was cut, Refused for one that does not fit the contract; httpx's errors pass.
    """
    if response.headers.get("content-type", "").startswith(NDJSON):
        await _read_stream(response, take)
        return
    body = await response.aread()
    try:
        answer = ScoreAnswer.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _unfit(error) from error
    for reward in answer.results:
        take(reward)


async def _read_stream(response: httpx.Response, take: Callable[[ProgramReward], None]) -> None:
    async for line in _whole_lines(response):
        try:
            if "results" in json.loads(line):
                StreamEnd.model_validate_json(line, strict=True)
                return
            reward = ProgramReward.model_validate_json(line, strict=True)
        except (ValueError, TypeError) as error:
            raise _unfit(error) from error
        take(reward)
    raise TryFailed(Again("the reward service's stream was cut before its end line"))


async def _whole_lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield lines that end with a newline; one that was cut off is not among them."""
    rest = b""
    async for chunk in response.aiter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield line


def _unfit(error: Exception) -> TryFailed:
    kind = type(error).__name__
    return TryFailed(Refused(f"the reward service's answer does not fit the contract ({kind}); use one version on both sides"))
