"""A reward service over real sandboxes in a thread of this process, without Ray, and the adapters as trainers call them."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from coderm.client import RewardClient
from coderm.config.schema import SandboxConfig
from coderm.config.service import ServiceConfig
from coderm.integrations.openrlhf import reward_func
from coderm.integrations.plain import rewarded_now
from coderm.integrations.skyrl import Episode
from coderm.integrations.trl import TrlReward
from coderm.integrations.verl import compute_score
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.scoring.cache.memory import MemoryCache
from coderm.scoring.local import local_scorer
from coderm.scoring.scorer import Scorer
from coderm.service.app import make_app
from coderm.service.auth import Token
from coderm.service.judging import make_judge
from coderm.service.ports import Health
from coderm.service.scripted import MemoryBank
from coderm.service.service import Parts, RewardService

TOKEN = "a-token-of-the-tests"
DEADLINE_S = 300.0
PROMPT = "Write the function."


class Judged:
    """The local scorer as the service's judge asks it."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    async def score(self, request: ScoreRequest, deadline_s: float) -> AsyncIterator[tuple[int, ProgramVerdict]]:
        deadline = self._scorer.clock() + deadline_s
        async for found in self._scorer.score(request, deadline=deadline):
            yield found

    async def health(self) -> Health:
        return Health()


@dataclass
class _Up:
    url: str
    stop: Callable[[], None]


async def _serve(config: SandboxConfig, up: "Future[_Up]") -> None:
    async with local_scorer(config, executors=2, cache=MemoryCache(64 << 20)) as scorer:
        bank, settings = MemoryBank(), ServiceConfig(sandbox=config)
        service = RewardService(Parts(make_judge(Judged(scorer), bank, settings), bank), settings.service)
        service.start()
        try:
            app = make_app(service, Token(TOKEN, given=True).digest)
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
            running = asyncio.ensure_future(server.serve())
            while not running.done() and (service.not_ready or not server.started):
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            up.set_result(_Up(f"http://127.0.0.1:{port}", lambda: setattr(server, "should_exit", True)))
            await running
        finally:
            await service.close()


@contextlib.contextmanager
def service(config: SandboxConfig) -> Iterator[str]:
    """Yield the address of a service over two boxes."""
    up: Future[_Up] = Future()

    def run() -> None:
        try:
            asyncio.run(_serve(config, up))
        except BaseException as error:
            if up.done():
                raise
            up.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        running = up.result(120)
        try:
            yield running.url
        finally:
            running.stop()
    finally:
        thread.join()


def output(program: str) -> str:
    """What a model writes around a program."""
    return f"Here it is:\n\n```python\n{program}\n```\n"


Sent = Sequence[tuple[str, str]]
"""Programs, each with the tests of its problem as a data set's row has them."""
Adapter = Callable[[RewardClient, Sent], list[float | None]]
AT_ONCE = 16
"""Environments that a trainer runs side by side."""


def through_http(url: str, groups: Sequence[tuple[str, Sequence[str]]]) -> list[list[tuple[float | None, str]]]:
    """Rewards and statuses of programs as code, from one call of `/v1/score` itself; groups: tests and programs of each problem."""
    items = [{"problem": json.loads(tests), "programs": [{"code": code} for code in programs]} for tests, programs in groups]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    call = {"items": items, "deadline_s": DEADLINE_S}
    answer = httpx.post(f"{url}/v1/score", json=call, headers=headers, timeout=DEADLINE_S, trust_env=False).raise_for_status()
    found: list[list[tuple[float | None, str]]] = [[] for _ in groups]
    for result in answer.json()["results"]:
        found[result["item"]].append((result["reward"], result["status"]))
    return found


def through_trl(client: RewardClient, sent: Sent) -> list[float | None]:
    tests, outputs = [tests for tests, _ in sent], [output(code) for _, code in sent]
    return TrlReward(client, reward="fraction")([PROMPT] * len(sent), outputs, tests=tests)


def through_verl(client: RewardClient, sent: Sent) -> list[float | None]:
    async def batch() -> list[dict[str, float]]:
        return await asyncio.gather(
            *(compute_score("coderm", output(code), tests, reward="fraction", client=client) for tests, code in sent)
        )

    return [score["score"] for score in asyncio.run(batch())]


def through_openrlhf(client: RewardClient, sent: Sent) -> list[float | None]:
    queries, tests = [PROMPT + output(code) for _, code in sent], [tests for tests, _ in sent]
    answer: dict[str, Any] = reward_func(queries, [PROMPT] * len(sent), tests, client)
    assert answer["extra_logs"]["lost"] == 0
    return list(answer["rewards"])


def through_skyrl(client: RewardClient, sent: Sent) -> list[float | None]:
    def one(program: tuple[str, str]) -> float | None:
        tests, code = program
        episode = Episode({"reward": "fraction"}, {"reward_spec": {"ground_truth": tests}}, client)
        found: float | None = episode.reward(output(code))
        assert not episode.metrics()["coderm_lost"]
        return found

    return _side_by_side(one, sent)


def through_plain(client: RewardClient, sent: Sent) -> list[float | None]:
    return _side_by_side(lambda program: rewarded_now(program[0], output(program[1]), client=client).reward, sent)


def _side_by_side(one: Callable[[tuple[str, str]], float | None], sent: Sent) -> list[float | None]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, sent))


ADAPTERS: dict[str, Adapter] = {
    "trl": through_trl,
    "verl": through_verl,
    "openrlhf": through_openrlhf,
    "skyrl": through_skyrl,
    "plain": through_plain,
}
