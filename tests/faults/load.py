"""A steady load: some callers, each with a call of new programs as soon as its last one is answered; what was sent is kept."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count

import httpx

from coderm.client import AsyncRewardClient
from faults.truth import Answered, asked

DEADLINE_S = 150.0
"""Of a call: far beyond what any recovery here takes, so that no deadline hides a call that was lost."""


CALLERS = 4
"""Calls under way at once: twice what two executors work on, so that none is ever idle."""


class Recorder(httpx.AsyncBaseTransport):
    """Sends requests on, and keeps the key, headers and body of each, and what came back."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self.sent: dict[str, tuple[dict[str, str], bytes]] = {}
        self.answers: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on."""
        kept = {name: value for name, value in request.headers.items() if name.startswith(("content-", "idempotency", "accept"))}
        self.sent[request.headers["Idempotency-Key"]] = kept, await request.aread()
        try:
            response = await self._inner.handle_async_request(request)
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            raise
        self.answers[str(response.status_code)] += 1
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class Load:
    """Runs in a thread of its own until `stop`. numbers: of the calls; no two loads of a service share any."""

    def __init__(self, url: str, token: str, numbers: Iterator[int] | None = None, deadline_s: float = DEADLINE_S) -> None:
        self.answered: list[Answered] = []
        self.recorder = Recorder()
        self.begun = 0
        self._where = url, token
        self._numbers = count() if numbers is None else numbers
        self._deadline_s = deadline_s
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Load":
        """Begin to call."""
        self._thread.start()
        return self

    def stop(self) -> list[Answered]:
        """Begin no further call, wait for those under way, and return all answers. Raises what a call raised."""
        self._stop.set()
        self._thread.join(2 * self._deadline_s)
        if self._error is not None:
            raise self._error
        assert len(self.answered) == self.begun, f"{self.begun - len(self.answered)} call(s) were never answered"
        return self.answered

    def _run(self) -> None:
        try:
            asyncio.run(self._call_all())
        except BaseException as error:  # noqa: BLE001 - raised where the load is stopped
            self._error = error

    async def _call_all(self) -> None:
        async with AsyncRewardClient(*self._where, deadline_s=self._deadline_s, transport=self.recorder) as client:
            await asyncio.gather(*(self._call(client) for _ in range(CALLERS)))

    async def _call(self, client: AsyncRewardClient) -> None:
        while not self._stop.is_set():
            number = next(self._numbers)
            self.begun += 1
            began = time.monotonic()
            answer = await client.score([asked(number)[0]], reward="all_passed", stop="first_failure")
            self.answered.append(Answered(number, began, time.monotonic(), answer.results))
