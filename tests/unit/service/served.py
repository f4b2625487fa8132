"""A service in this process, and clients of it over ASGI: what the tests of the service are built from."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from coderm.config.service import ServiceSection
from coderm.service.app import App, make_app
from coderm.service.auth import Token
from coderm.service.ports import Bank, Judge
from coderm.service.scripted import MemoryBank, ScriptedJudge
from coderm.service.service import Parts, RewardService

TOKEN = "a-token-of-the-tests"
PATIENCE_S = 30.0


@dataclass
class Clock:
    """Time that a test sets."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Gate:
    """A pause that lasts until it is opened for a text; what runs into it is counted."""

    open: set[str] = field(default_factory=set)
    all: bool = False
    waiting: int = 0
    cancelled: int = 0

    async def __call__(self, text: str) -> None:
        self.waiting += 1
        try:
            while not (self.all or text in self.open):
                await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1


async def until(condition, what="it"):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.001)


def body(*codes, **more):
    return {"items": [{"problem": "p", "programs": [{"code": code} for code in codes]}], **more}


@dataclass
class Served:
    """A running service and a client with the right token."""

    service: RewardService
    app: App
    http: httpx.AsyncClient

    async def score(self, call, **headers):
        return await self.http.post("/v1/score", json=call, headers=headers)

    def other(self, **headers):
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://service", headers=headers)


@contextlib.asynccontextmanager
async def served(
    judge: Judge | None = None, bank: Bank | None = None, clock: Any = None, wait: bool = True, keys: Any = None, **settings: Any
) -> AsyncIterator[Served]:
    parts = Parts(judge or ScriptedJudge({"good": 1.0}), bank or MemoryBank(), keys, **({"clock": clock} if clock else {}))
    service = RewardService(parts, ServiceSection(**settings))
    app = make_app(service, Token(TOKEN, given=True).digest)
    service.start()
    await until(lambda: not (wait and service.not_ready), "the service is ready")
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://service", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    try:
        async with http:
            yield Served(service, app, http)
    finally:
        await service.close()


class Hanging:
    """An ASGI client that hangs up when told, and keeps what it got until then."""

    def __init__(self, app, call, **headers):
        self.sent = []
        self._hung_up = asyncio.Event()
        self._body = json.dumps(call).encode()
        raw = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json", **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/v1/score",
            "raw_path": b"/v1/score",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in raw.items()],
            "client": ("127.0.0.1", 1),
            "server": ("service", 80),
        }
        self.task = asyncio.ensure_future(app(scope, self._receive, self._send))
        self._told = False

    def hang_up(self):
        self._hung_up.set()

    async def _receive(self):
        if not self._told:
            self._told = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.sent.append(message)
