"""A judge and a keeper of problems that replay what they are told: for trying a client or a set-up without any sandbox."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

from coderm.client.contract import ProblemAnswer, ProblemText, ProgramReward, ScoreCall, ScoreItem, SuiteText
from coderm.service.ports import Plan

Place = tuple[int, int]


async def no_pause(text: str) -> None:
    """Judge at once."""


class ScriptedJudge:
    """Gives each program the reward that stands for its text, 0 for others, after `pause(text)`.

    judged: texts in the order they were done; begun: those that were started; unready: why it is not ready.
    """

    def __init__(self, rewards: Mapping[str, float], pause: Callable[[str], Awaitable[None]] = no_pause, tests: int = 1) -> None:
        self._rewards = rewards
        self._pause = pause
        self._tests = tests
        self.begun: list[str] = []
        self.judged: list[str] = []
        self.unready = ""

    async def prepare(self, call: ScoreCall) -> "ScriptedCall":
        """See `Judge`."""
        return ScriptedCall(self, call.items, self._tests)

    async def ready(self) -> str:
        """See `Judge`."""
        return self.unready

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

    def __init__(self, judge: ScriptedJudge, items: Sequence[ScoreItem], tests: int) -> None:
        self._judge = judge
        self._texts = {(i, j): p.code or p.output or "" for i, item in enumerate(items) for j, p in enumerate(item.programs)}
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


class MemoryProblems:
    """Keeps problems with their own tests in memory, until the process ends."""

    def __init__(self) -> None:
        self._problems: dict[str, ProblemText] = {}

    async def register(self, problems: Sequence[ProblemText]) -> tuple[ProblemAnswer, ...]:
        """See `Problems`."""
        for problem in problems:
            self._problems[problem.id] = problem
        return tuple(map(_told, problems))

    async def look_up(self, problem_id: str) -> ProblemAnswer | None:
        """See `Problems`."""
        found = self._problems.get(problem_id)
        return None if found is None else _told(found)

    async def tests(self, problem_id: str) -> SuiteText | None:
        """See `Problems`."""
        found = self._problems.get(problem_id)
        return None if found is None else found.suite

    async def delete(self, problem_id: str) -> bool:
        """See `Problems`."""
        return self._problems.pop(problem_id, None) is not None

    def budget_left(self) -> float | None:
        """See `Problems`."""
        return None


def _told(problem: ProblemText) -> ProblemAnswer:
    if problem.suite is None:
        return ProblemAnswer(
            id=problem.id, suite="none", tests=0, state="failed", message="no tests were given, and none are written"
        )
    tests = problem.suite.tests if problem.suite.type == "unittest" else problem.suite.cases
    return ProblemAnswer(id=problem.id, suite="given", tests=len(tests))
