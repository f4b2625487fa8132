"""The answer to a call: whole, or a line of JSON the moment each reward is known; ends its work when the client goes."""

import asyncio
import zlib
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from coderm.client.contract import Call, ScoreAnswer, StreamEnd
from coderm.service.answers import Send, refusal_of, send_refusal
from coderm.service.bodies import GZIP, Receive
from coderm.service.jobs import Job
from coderm.service.service import RewardService

SMALLEST_PACKED = 1024
"""Bytes below which packing an answer gains nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it came. digest: of its body; packed: whether the client takes gzip; stream: whether it wants lines."""

    call: Call
    key: str
    digest: str
    packed: bool
    stream: bool


async def answer_score(service: RewardService, request: Request, receive: Receive, send: Send) -> None:
    """Take a call in, answer it, and count out as a listener, however this ends."""
    try:
        job = service.submit(request.call, request.key, request.digest)
    except Exception as error:  # noqa: BLE001 - the boundary
        await _refuse(service, send, error)
        return
    try:
        await _until_gone(_answer(service, job, request, send), receive)
    finally:
        service.leave(job, keyed=bool(request.key))


async def _answer(service: RewardService, job: Job, request: Request, send: Send) -> None:
    try:
        await job.settled()
    except Exception as error:  # noqa: BLE001 - the boundary
        await _refuse(service, send, error)
        return
    await (_send_lines if request.stream else _send_whole)(job, request, send)


async def _refuse(service: RewardService, send: Send, error: Exception) -> None:
    refusal = refusal_of(error)
    service.watched.refused(refusal.code)
    await send_refusal(send, refusal)


async def _until_gone(answering: Any, receive: Receive) -> None:
    """Answer; stop when the client hangs up."""
    answer = asyncio.ensure_future(answering)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            answer.result()
    finally:
        for task in (answer, gone):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(answer, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_whole(job: Job, request: Request, send: Send) -> None:
    async for _ in job.follow():
        pass
    body = ScoreAnswer(results=job.ordered()).model_dump_json().encode()
    packed = request.packed and len(body) >= SMALLEST_PACKED
    if packed:
        body = zlib.compress(body, 1, GZIP)
    await _start(send, "application/json", packed=packed, length=len(body))
    await send({"type": "http.response.body", "body": body})


async def _send_lines(job: Job, request: Request, send: Send) -> None:
    await _start(send, "application/x-ndjson", packed=request.packed)
    pack = zlib.compressobj(1, zlib.DEFLATED, GZIP) if request.packed else None
    lines = _lines(job)
    try:
        async for line in lines:
            data = line if pack is None else pack.compress(line) + pack.flush(zlib.Z_SYNC_FLUSH)
            await send({"type": "http.response.body", "body": data, "more_body": True})
    finally:
        await lines.aclose()
    await send({"type": "http.response.body", "body": b"" if pack is None else pack.flush()})


async def _lines(job: Job) -> AsyncGenerator[bytes, None]:
    count = 0
    async for reward in job.follow():
        count += 1
        yield reward.model_dump_json().encode() + b"\n"
    yield StreamEnd(results=count).model_dump_json().encode() + b"\n"


async def _start(send: Send, kind: str, *, packed: bool, length: int | None = None) -> None:
    headers = [(b"content-type", kind.encode()), (b"vary", b"accept-encoding")]
    if packed:
        headers.append((b"content-encoding", b"gzip"))
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
