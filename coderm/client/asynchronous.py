"""The client of one event loop: calls in, answers out, over httpx."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

import httpx

from coderm.client.batch import SCORE_TESTS, Item, Pending, Terms
from coderm.client.contract import ProblemAnswer, ProblemText, ProgramReward, ScoreAnswer, ScoreItem, WriterItem
from coderm.client.gathering import Gatherer
from coderm.client.problems import check, register
from coderm.client.scorer import Reward, raise_if_lost
from coderm.client.sending import Line, deliver
from coderm.client.settings import ClientSettings
from coderm.messages.case_rules import StopRule

CONNECT_S = 5.0
"""Wait for a connection before the next try; the deadline bounds everything else."""


class AsyncRewardClient:
    """Asks the reward service from coroutines of one event loop.

    Concurrent calls share requests. A program that the service gives no reward for has `reward is None` and a status that says why;
    nothing is raised unless `settings.raise_on_lost`. transport: what carries requests, e.g. `coderm.client.scripted`; None: the
    network.
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
        limits = httpx.Limits(max_connections=self._settings.in_flight)
        self._http = httpx.AsyncClient(
            base_url=self._settings.url,
            headers=self._settings.headers(),
            transport=transport,
            limits=limits,
            timeout=httpx.Timeout(None, connect=CONNECT_S),
        )
        line = Line(self._http, self._settings, asyncio.Semaphore(self._settings.in_flight))
        self._gatherer = Gatherer(self._settings, lambda items, terms, end: deliver(line, items, terms, end))

    async def score(
        self, items: Sequence[ScoreItem], *, reward: Reward = "fraction", stop: StopRule = "never", deadline_s: float | None = None
    ) -> ScoreAnswer:
        """Return the reward or null of every program, in the order of items and programs, within `deadline_s` seconds."""
        budget_s = self._settings.deadline_s if deadline_s is None else deadline_s
        return await self._ask(items, Terms(reward if isinstance(reward, str) else tuple(reward), stop, budget_s))

    async def score_tests(
        self, items: Sequence[WriterItem], *, reward: Reward = "valid", deadline_s: float | None = None
    ) -> ScoreAnswer:
        """Return the reward or null of every written text, in the order of items and texts, within `deadline_s` seconds."""
        budget_s = self._settings.deadline_s if deadline_s is None else deadline_s
        return await self._ask(items, Terms(reward if isinstance(reward, str) else tuple(reward), "never", budget_s, SCORE_TESTS))

    async def _ask(self, items: Sequence[Item], terms: Terms) -> ScoreAnswer:
        loop = asyncio.get_running_loop()
        waiting = [Pending(item, loop.create_future()) for item in items]
        for pending in waiting:
            if pending.item.answers:
                self._gatherer.add(pending, terms)
            else:
                pending.finish()
        answers = await asyncio.gather(*(pending.done for pending in waiting))
        results = [_placed(result, item, program) for item, found in enumerate(answers) for program, result in enumerate(found)]
        answer = ScoreAnswer(results=tuple(results))
        if self._settings.raise_on_lost:
            raise_if_lost(answer)
        return answer

    async def register(self, problems: Sequence[ProblemText]) -> tuple[ProblemAnswer, ...]:
        """Register problems, so that calls name them by id; raises RewardLost or InputError naming the remedy."""
        return await register(self._http, problems)

    async def check(self) -> None:
        """Raise RewardLost or InputError, naming the remedy, unless the service answers and takes this client's token."""
        await check(self._http)

    async def close(self) -> None:
        """Give up what is under way and close the connections."""
        await self._gatherer.close()
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def _placed(result: ProgramReward, item: int, program: int) -> ProgramReward:
    """A call's items have other places in the request they travelled in."""
    return result.model_copy(update={"item": item, "program": program})


def settings_of(
    settings: ClientSettings | None, base_url: str, token: str, deadline_s: float | None, raise_on_lost: bool | None
) -> ClientSettings:
    """Return settings with what was named apart put in."""
    found = settings or ClientSettings()
    return replace(
        found,
        base_url=base_url or found.base_url,
        token=token or found.token,
        deadline_s=found.deadline_s if deadline_s is None else deadline_s,
        raise_on_lost=found.raise_on_lost if raise_on_lost is None else raise_on_lost,
    )
