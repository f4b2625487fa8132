"""The client for scripts, threads and coroutines of any loop: an AsyncRewardClient behind a thread."""

from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Self, TypeVar

import httpx

from coderm.client.asynchronous import AsyncRewardClient, settings_of
from coderm.client.background import Background
from coderm.client.contract import ProblemAnswer, ProblemText, ScoreAnswer, ScoreItem, WriterItem
from coderm.client.scorer import Reward
from coderm.client.settings import ClientSettings
from coderm.messages.case_rules import StopRule

T = TypeVar("T")


class RewardClient:
    """Asks the reward service; safe to use from many threads, whose concurrent calls share requests.

    A program that the service gives no reward for has `reward is None` and a status that says why; nothing is raised unless
    `raise_on_lost`. Empty `base_url` and `token` are read from CODERM_SERVICE_URL and CODERM_SERVICE_TOKEN. Its thread and
    connections begin with the first call, so that it may be pickled, and used after a fork. From a coroutine:
    `await asyncio.wrap_future(client.submit(items))`.
    """

    def __init__(
        self,
        base_url: str = "",
        token: str = "",
        *,
        deadline_s: float | None = None,
        raise_on_lost: bool | None = None,
        settings: ClientSettings | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings_of(settings, base_url, token, deadline_s, raise_on_lost)
        self._transport = transport
        self._background = Background()
        self._client: AsyncRewardClient | None = None

    def score(
        self, items: Sequence[ScoreItem], *, reward: Reward = "fraction", stop: StopRule = "never", deadline_s: float | None = None
    ) -> ScoreAnswer:
        """Return the reward or null of every program, in the order of items and programs, within `deadline_s` seconds."""
        return self._wait(self.submit(items, reward=reward, stop=stop, deadline_s=deadline_s))

    def submit(
        self, items: Sequence[ScoreItem], *, reward: Reward = "fraction", stop: StopRule = "never", deadline_s: float | None = None
    ) -> "Future[ScoreAnswer]":
        """Begin the same; cancelling the future gives the call up, here and in the service."""
        return self._begin(lambda client: client.score(items, reward=reward, stop=stop, deadline_s=deadline_s))

    def score_tests(self, items: Sequence[WriterItem], *, reward: Reward = "valid", deadline_s: float | None = None) -> ScoreAnswer:
        """Return the reward or null of every written text, in the order of items and texts, within `deadline_s` seconds."""
        return self._wait(self._begin(lambda client: client.score_tests(items, reward=reward, deadline_s=deadline_s)))

    def register(self, problems: Sequence[ProblemText]) -> tuple[ProblemAnswer, ...]:
        """Register problems, so that calls name them by id; raises RewardLost or InputError naming the remedy."""
        return self._wait(self._begin(lambda client: client.register(problems)))

    def check(self) -> None:
        """Raise RewardLost or InputError, naming the remedy, unless the service answers and takes this client's token."""
        self._wait(self._begin(lambda client: client.check()))

    def close(self) -> None:
        """Give up what is under way and end the thread; it may be called twice."""
        if self._background.forked:
            self._begin_anew()
        self._background.stop(self._end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"settings": self._settings, "transport": self._transport}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._settings, self._transport = state["settings"], state["transport"]
        self._background, self._client = Background(), None

    def _begin(self, work: Callable[[AsyncRewardClient], Coroutine[Any, Any, T]]) -> "Future[T]":
        if self._background.forked:
            self._begin_anew()
        return self._background.submit(self._on_loop(work))

    def _begin_anew(self) -> None:
        self._background.begin_anew()
        self._client = None

    async def _end(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _on_loop(self, work: Callable[[AsyncRewardClient], Coroutine[Any, Any, T]]) -> T:
        """Only the loop's own thread makes the client, so that two callers cannot make two."""
        if self._client is None:
            self._client = AsyncRewardClient(settings=self._settings, transport=self._transport)
        return await work(self._client)

    def _wait(self, future: "Future[T]") -> T:
        """An interrupted caller gives its call up."""
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise
