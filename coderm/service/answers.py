"""Answers that are no 200: always a typed body, and with 429 and 503 always Retry-After."""

import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from coderm.client.contract import ErrorAnswer
from coderm.errors import CodeRMError, InputError, StorageError
from coderm.service.ports import Refused

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
RETRY_S = 1.0
"""When to come back where nobody knows better."""


def refusal_of(error: Exception) -> Refused:
    """What a client is told of an error; of an unexpected one, nothing but that it was one."""
    match error:
        case Refused():
            return error
        case InputError():
            return Refused(error.message, "bad_problem", 422)
        case StorageError():
            return Refused(error.message, "storage", 507)
        case CodeRMError():
            return Refused(f"{error.message}; try again later", "not_ready", 503)
        case _:
            return Refused("the service failed at this request, its log says how; send it again", "internal", 500)


def parts_of(refusal: Refused) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a refusal."""
    retry_s = refusal.retry_after_s
    if retry_s is None and refusal.http in (429, 503):
        retry_s = RETRY_S
    answer = ErrorAnswer(error=refusal.message, code=refusal.code, retry_after_s=retry_s)
    headers = {"content-type": "application/json"}
    if retry_s is not None:
        headers["retry-after"] = str(max(1, math.ceil(retry_s)))
    if refusal.http == 401:
        headers["www-authenticate"] = 'Bearer realm="coderm", Basic realm="coderm: any user, the token as password"'
    if refusal.http in (401, 413):
        headers["connection"] = "close"  # the body was not read
    return refusal.http, headers, answer.model_dump_json().encode()


async def send_refusal(send: Send, refusal: Refused) -> None:
    """Answer an ASGI request with a refusal."""
    status, headers, body = parts_of(refusal)
    raw = [(name.encode(), value.encode()) for name, value in {**headers, "content-length": str(len(body))}.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
