"""A judge and a keeper of problems that replay what they are told: for trying a client or a set-up without any sandbox."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

from coderm.bank.records import ScoredGroup, SuiteVersion
from coderm.bank.registering import problem_of, suite_of
from coderm.client.contract import Call, ProblemAnswer, ProblemText, ProgramReward, ProgramText, ScoreItem, WriterItem, WrittenText
from coderm.messages.scoring import ProgramVerdict, ScoreRequest, Suite, UnitTests
from coderm.service.ports import Health, Plan

Place = tuple[int, int]


async def no_pause(text: str) -> None:
    """Judge at once."""


class ScriptedJudge:
    """Gives each program the reward that stands for its text, 0 for others, after `pause(text)`.

    judged: texts in the order they were done; begun: those that were started; health_now: what it tells of itself.
    """

    def __init__(self, rewards: Mapping[str, float], pause: Callable[[str], Awaitable[None]] = no_pause, tests: int = 1) -> None:
        self._rewards = rewards
        self._pause = pause
        self._tests = tests
        self.begun: list[str] = []
        self.judged: list[str] = []
        self.health_now = Health()

    async def prepare(self, call: Call) -> "ScriptedCall":
        """See `Judge`."""
        return ScriptedCall(self, call.items, self._tests)

    async def settle(self) -> None:
        """See `Judge`."""

    async def health(self) -> Health:
        """See `Judge`."""
        return self.health_now

    async def judge(self, place: Place, text: str) -> ProgramReward:
        """Judge one program."""
        self.begun.append(text)
        await self._pause(text)
        self.judged.append(text)
        reward = self._rewards.get(text, 0.0)
        passed = self._tests if reward else 0
        i, j = place
        return ProgramReward(
            item=i, program=j, reward=reward, status="scored", caused_by="program", passed=passed, tests=self._tests
        )


class ScriptedCall:
    """A call of a scripted judge."""

    def __init__(self, judge: ScriptedJudge, items: Sequence[ScoreItem | WriterItem], tests: int) -> None:
        self._judge = judge
        judged: list[Sequence[ProgramText | WrittenText]] = [
            item.tests if isinstance(item, WriterItem) else item.programs for item in items
        ]
        self._texts = {(i, j): p.code or p.output or "" for i, texts in enumerate(judged) for j, p in enumerate(texts)}
        self._items = len(items)
        self._tests = tests

    @property
    def plan(self) -> Plan:
        """See `Prepared`."""
        return Plan(len(self._texts) * self._tests, (self._tests,) * self._items)

    async def judge(self, deadline_s: float) -> AsyncGenerator[ProgramReward, None]:
        """See `Prepared`."""
        tasks = [asyncio.ensure_future(self._judge.judge(place, text)) for place, text in self._texts.items()]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


class MemoryBank:
    """Keeps problems with their own tests in memory, until the process ends. seen: groups that were scored."""

    def __init__(self) -> None:
        self._problems: dict[str, ProblemText] = {}
        self.seen: list[ScoredGroup] = []

    async def register(self, problem: ProblemText) -> ProblemAnswer:
        """See `Bank`."""
        self._suite(problem)
        self._problems[problem.id] = problem
        return _told(problem)

    async def describe(self, problem_id: str) -> ProblemAnswer | None:
        """See `Bank`."""
        found = self._problems.get(problem_id)
        return None if found is None else _told(found)

    async def suite_of(self, problem_id: str) -> SuiteVersion | None:
        """See `Bank`."""
        found = self._problems.get(problem_id)
        if found is None or found.own_suite is None:
            return None
        suite = self._suite(found)
        return SuiteVersion(problem_of(found), 1, "", tuple(range(len(suite))), suite, 0.0)

    async def forget(self, problem_id: str) -> bool:
        """See `Bank`."""
        return self._problems.pop(problem_id, None) is not None

    async def observe(self, groups: Sequence[ScoredGroup]) -> None:
        """See `Bank`."""
        self.seen.extend(groups)

    async def budget_left(self) -> float | None:
        """See `Bank`."""
        return None

    def _suite(self, problem: ProblemText) -> Suite:
        return UnitTests(()) if problem.own_suite is None else suite_of(problem.own_suite, problem_of(problem))


def _told(problem: ProblemText) -> ProblemAnswer:
    suite = problem.own_suite
    if suite is None:
        return ProblemAnswer(
            id=problem.id, suite="none", tests=0, state="failed", message="no tests were given, and none are written"
        )
    tests = suite.tests if suite.type == "unittest" else suite.cases
    return ProblemAnswer(id=problem.id, suite="given", tests=len(tests))


Judged = Callable[[str, ScoreRequest], ProgramVerdict]


class ScriptedScorer:
    """Gives each program the verdict of a function, after `pause(text)`. requests: what was asked; health_now: what it tells."""

    def __init__(self, verdict: Judged, pause: Callable[[str], Awaitable[None]] = no_pause) -> None:
        self._verdict = verdict
        self._pause = pause
        self.requests: list[ScoreRequest] = []
        self.health_now = Health()

    async def score(self, request: ScoreRequest, deadline_s: float) -> AsyncGenerator[tuple[int, ProgramVerdict], None]:
        """See `Scorer`."""
        self.requests.append(request)
        for place, text in enumerate(request.programs):
            await self._pause(text)
            yield place, self._verdict(text, request)

    async def health(self) -> Health:
        """See `Scorer`."""
        return self.health_now
