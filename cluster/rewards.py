"""Rewards for trainers inside the Ray cluster, without HTTP: the client's interface over a scoring actor.

```python
with RayRewardClient(ServiceConfig()) as client:
    answer = client.score([score_item(problem, outputs)])
```

A call goes the way that a call over HTTP goes behind the service's front: the same admission, judge, rewards and nulls.
"""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Self

from cluster.reward_calls import answered
from cluster.scoring import score_stream, start_scoring, stop_scoring
from coderm.bank.records import ScoredGroup, SuiteVersion
from coderm.client.background import Background
from coderm.client.contract import (
    Call,
    ProblemAnswer,
    ProblemText,
    RewardTerm,
    ScoreAnswer,
    ScoreCall,
    ScoreItem,
    WriterCall,
    WriterItem,
)
from coderm.client.scorer import Reward, raise_if_lost
from coderm.config.scoring import ScoringConfig
from coderm.config.service import ServiceConfig
from coderm.errors import ClusterError, InputError
from coderm.messages.case_rules import StopRule
from coderm.messages.scoring import ScoreRequest
from coderm.service.judging import make_judge
from coderm.service.ports import Health
from coderm.service.service import Parts, RewardService

LONGEST_S = 3600.0
"""A call lets no longer deadline in."""


class RayRewardClient:
    """Asks a scoring actor of this cluster; safe to use from any thread, and from a coroutine with `asyncio.wrap_future`.

    scoring: handle of an actor made by `start_scoring`; None: one of its own, which starts with the first call and ends with
    `close`. Ray must be connected. Problems come whole, or by id after `register`. A program without a reward is a null with a
    status; nothing is raised unless `raise_on_lost`.
    """

    def __init__(
        self,
        config: ServiceConfig = ServiceConfig(),  # noqa: B008 - frozen
        *,
        scoring: Any = None,
        deadline_s: float = 60.0,
        raise_on_lost: bool = False,
    ) -> None:
        self._config = config
        self._scoring = scoring
        self._owned = scoring is None
        self._deadline_s = deadline_s
        self._raise_on_lost = raise_on_lost
        self._problems: dict[str, ProblemText] = {}
        self._background = Background()
        self._service: RewardService | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the scoring actor, where it is this client's own; raises EngineError or ClusterError with the remedy."""
        with self._starting:
            if self._scoring is None:
                self._scoring = start_scoring(_scoring_config(self._config))

    def score(
        self, items: Sequence[ScoreItem], *, reward: Reward = "fraction", stop: StopRule = "never", deadline_s: float | None = None
    ) -> ScoreAnswer:
        """Return the reward or null of every program, in the order of items and programs, within `deadline_s` seconds."""
        return self.submit(items, reward=reward, stop=stop, deadline_s=deadline_s).result()

    def submit(
        self, items: Sequence[ScoreItem], *, reward: Reward = "fraction", stop: StopRule = "never", deadline_s: float | None = None
    ) -> "Future[ScoreAnswer]":
        """Begin the same; cancelling the future gives the call up."""
        whole = tuple(item.model_copy(update={"problem": self._known(item.problem)}) for item in items)
        return self._begin(ScoreCall(items=whole, reward=_terms(reward), stop=stop, deadline_s=self._budget_s(deadline_s)))

    def score_tests(self, items: Sequence[WriterItem], *, reward: Reward = "valid", deadline_s: float | None = None) -> ScoreAnswer:
        """Return the reward or null of every written text, in the order of items and texts, within `deadline_s` seconds."""
        return self.submit_tests(items, reward=reward, deadline_s=deadline_s).result()

    def submit_tests(
        self, items: Sequence[WriterItem], *, reward: Reward = "valid", deadline_s: float | None = None
    ) -> "Future[ScoreAnswer]":
        """Begin the same; cancelling the future gives the call up."""
        whole = tuple(item.model_copy(update={"problem": self._known(item.problem)}) for item in items)
        return self._begin(WriterCall(items=whole, reward=_terms(reward), deadline_s=self._budget_s(deadline_s)))

    def register(self, problems: Sequence[ProblemText]) -> tuple[ProblemAnswer, ...]:
        """Keep problems with tests of their own, so that calls name them by id. Raises InputError for one without."""
        for problem in problems:
            if problem.own_suite is None:
                raise InputError(f"{problem.id}: has no tests; give it a suite, or have tests written by `coderm serve`")
        self._problems |= {problem.id: problem for problem in problems}
        return tuple(ProblemAnswer(id=one.id, suite="given", tests=_size(one)) for one in problems)

    def close(self) -> None:
        """Give up what is under way, and end the actor where it is this client's own; it may be called twice."""
        self._background.stop(self._end)
        with self._starting:
            if self._owned and self._scoring is not None:
                scoring, self._scoring = self._scoring, None
                stop_scoring(scoring)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    def _known(self, problem: str | ProblemText) -> str | ProblemText:
        """A registered problem travels whole: the scoring actor keeps none."""
        return self._problems.get(problem, problem) if isinstance(problem, str) else problem

    def _budget_s(self, deadline_s: float | None) -> float:
        return min(LONGEST_S, self._deadline_s if deadline_s is None else deadline_s)

    def _begin(self, call: Call) -> "Future[ScoreAnswer]":
        self.start()
        return self._background.submit(self._answer(call))

    async def _answer(self, call: Call) -> ScoreAnswer:
        answer = ScoreAnswer(results=await answered(self._served(), call))
        if self._raise_on_lost:
            raise_if_lost(answer)
        return answer

    def _served(self) -> RewardService:
        """Only the loop's own thread makes the service."""
        if self._service is None:
            bank = _NoBank()
            self._service = RewardService(
                Parts(make_judge(_Scoring(self._scoring), bank, self._config), bank), self._config.service
            )
            self._service.start()
        return self._service

    async def _end(self) -> None:
        service, self._service = self._service, None
        if service is not None:
            await service.close()


class _Scoring:
    """A scoring actor by its handle; see `coderm.service.ports.Scorer`."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def score(self, request: ScoreRequest, deadline_s: float) -> Any:
        return score_stream(self._handle, request, deadline_s, sure=True)

    async def health(self) -> Health:
        import ray

        try:
            reason = await asyncio.wrap_future(self._handle.ready.remote().future())
            load = None if reason else await asyncio.wrap_future(self._handle.load.remote().future())
        except (ray.exceptions.RayError, ClusterError):
            return Health("the scoring actor has died; make a new client")
        return Health(reason) if load is None else Health("", load.pairs_per_s)


class _NoBank:
    """No problems are kept beside those of the client; see `coderm.service.ports.Bank`."""

    async def register(self, problem: ProblemText) -> ProblemAnswer:
        return ProblemAnswer(id=problem.id, suite="none", tests=0, state="failed", message="no test writer; give it a suite")

    async def describe(self, problem_id: str) -> ProblemAnswer | None:
        return None

    async def suite_of(self, problem_id: str) -> SuiteVersion | None:
        return None

    async def forget(self, problem_id: str) -> bool:
        return False

    async def observe(self, groups: Sequence[ScoredGroup]) -> None: ...

    async def budget_left(self) -> float | None:
        return None


def _scoring_config(config: ServiceConfig) -> ScoringConfig:
    return ScoringConfig(
        sandbox=config.sandbox,
        cluster=config.cluster,
        queue_pairs=config.service.queue_pairs,
        cache_mb=config.service.cache_mb,
        cache_file=config.service.cache_file,
    )


def _size(problem: ProblemText) -> int:
    return 0 if problem.suite is None else len(getattr(problem.suite, "tests", ()) or getattr(problem.suite, "cases", ()))


def _terms(reward: Reward) -> str | tuple[RewardTerm, ...]:
    return reward if isinstance(reward, str) else tuple(reward)
