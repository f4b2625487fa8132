"""Calls about problems, and whether the service takes this client at all: these raise, since nothing is being trained yet."""

from collections.abc import Sequence

import httpx
from pydantic import TypeAdapter

from coderm.client.contract import ProblemAnswer, ProblemText
from coderm.client.tries import refused_as
from coderm.errors import InputError, RewardLost

_ANSWERS: TypeAdapter[tuple[ProblemAnswer, ...]] = TypeAdapter(tuple[ProblemAnswer, ...])
CHECKED = "coderm-check"
"""A problem that need not exist: asking for it shows whether the token is right."""


async def register(http: httpx.AsyncClient, problems: Sequence[ProblemText]) -> tuple[ProblemAnswer, ...]:
    """Register problems; return what the service knows of each, in their order."""
    body = b"[" + b",".join(problem.model_dump_json().encode() for problem in problems) + b"]"
    response = await _send(http, "POST", "/v1/problems", content=body)
    _raise_for(response)
    return _ANSWERS.validate_json(response.content)


async def check(http: httpx.AsyncClient) -> None:
    """Raise unless the service answers and takes the token."""
    response = await _send(http, "GET", f"/v1/problems/{CHECKED}")
    if response.status_code != 404:
        _raise_for(response)


async def _send(http: httpx.AsyncClient, method: str, path: str, content: bytes | None = None) -> httpx.Response:
    headers = {"Content-Type": "application/json"} if content is not None else {}
    try:
        return await http.request(method, path, content=content, headers=headers, timeout=30.0)
    except httpx.TransportError as error:
        raise RewardLost(f"no answer from {http.base_url}: {type(error).__name__}; start it with `coderm serve`") from error


def _raise_for(response: httpx.Response) -> None:
    if response.is_success:
        return
    failure = refused_as(response.status_code, response.headers, response.content)
    if 400 <= response.status_code < 500 and response.status_code != 429:
        raise InputError(failure.reason)
    raise RewardLost(failure.reason)
