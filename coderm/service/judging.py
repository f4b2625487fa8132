"""From a call to rewards: look the problems up, read the programs, have them judged, reward each the moment that is possible."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coderm.client.contract import Call, ProblemAnswer, ProblemText, ProgramReward, ProgramText, ScoreCall, WriterCall, WriterItem
from coderm.config.service import ServiceConfig
from coderm.errors import CodeRMError, InputError
from coderm.logs import get_log
from coderm.messages.problem import Problem
from coderm.messages.scoring import ProgramVerdict, ScoreRequest, UnitTests
from coderm.rewards.factory import check_stop, make_reward
from coderm.rewards.group import Group, Rollout
from coderm.rewards.reward import Reward, Rewarded, reward_group
from coderm.rewards.telling import told
from coderm.service.asked import Asked, Found, given, read_item
from coderm.service.asking import end_of, settings_of, verdicts
from coderm.service.merging import merged
from coderm.service.ports import Bank, Health, Plan, Prepared, Refused, Scorer
from coderm.service.recording import Recordings, RolloutLog, observe
from coderm.service.writers import JudgedTests, checked_terms
from coderm.service.written import AskedTests, read_tests

_log = get_log(__name__)
ALONE = frozenset({"fraction", "all_passed", "examples", "format", "length", "time"})
"""Terms that look at one rollout only; the others wait for the whole group."""
WRITTEN_S = 0.5
"""Between two looks at whether the tests of a new problem are written."""


@dataclass(frozen=True, slots=True)
class Means:
    """What calls are judged with: scorer, bank, config, and what is kept of them."""

    scorer: Scorer
    bank: Bank
    config: ServiceConfig
    recordings: Recordings


def make_judge(scorer: Scorer, bank: Bank, config: ServiceConfig) -> "Judging":
    """Make the judge of a service."""
    path = config.service.rollouts
    return Judging(Means(scorer, bank, config, Recordings(RolloutLog(Path(path) if path else None))))


class Judging:
    """See `coderm.service.ports.Judge`."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def health(self) -> Health:
        """Whether programs can be judged now."""
        return replace(await self._means.scorer.health(), unwritten=self._means.recordings.log.unwritten)

    async def settle(self) -> None:
        """Wait for the lines and statistics of answered calls."""
        await self._means.recordings.settle()

    async def prepare(self, call: Call) -> Prepared:
        """Look the problems up and read the programs or tests."""
        if isinstance(call, WriterCall):
            terms = checked_terms(call)
            tests = await asyncio.gather(*(self._tests(item) for item in call.items))
            return JudgedTests(self._means.scorer, self._means.config, self._means.recordings, terms, tests)
        try:
            reward = make_reward(call.reward)
            check_stop(reward, call.stop)
        except InputError as error:
            raise Refused(error.message, "bad_reward", 422) from None
        asked = await asyncio.gather(*(self._asked(item.problem, item.programs) for item in call.items))
        return JudgedCall(self._means, call, reward, asked)

    async def _tests(self, item: WriterItem) -> AskedTests:
        """A problem that is given whole is not registered: its tests are what is judged."""
        try:
            found = given(item.problem) if isinstance(item.problem, ProblemText) else await self._banked(item.problem)
            most = self._means.config.service.max_program_kb << 10
            return await asyncio.to_thread(read_tests, item, found, most)
        except InputError as error:
            raise Refused(error.message, "bad_problem", 422) from None

    async def _banked(self, name: str) -> Found:
        banked = await self._means.bank.suite_of(name)
        return _without_tests(name, None) if banked is None else Found(banked.problem, banked.suite, banked.version)

    async def _asked(self, problem: str | ProblemText, programs: Sequence[ProgramText]) -> Asked:
        most = self._means.config.service.max_program_kb << 10
        try:
            if isinstance(problem, ProblemText) and problem.own_suite is not None:
                return await asyncio.to_thread(_read_whole, problem, programs, most)
            return await asyncio.to_thread(read_item, await self._found(problem), programs, most)
        except InputError as error:
            raise Refused(error.message, "bad_problem", 422) from None

    async def _found(self, problem: str | ProblemText) -> Found:
        """Find a problem's tests in the bank, where they may be about to be written."""
        if isinstance(problem, ProblemText):
            await self._means.bank.register(problem)
        name = problem if isinstance(problem, str) else problem.id
        while True:
            banked = await self._means.bank.suite_of(name)
            if banked is not None and len(banked.suite):
                return Found(banked.problem, banked.suite, banked.version)
            known = await self._means.bank.describe(name)
            if known is None or known.state in ("ready", "failed") or known.message:
                return _without_tests(name, known)
            await asyncio.sleep(WRITTEN_S)


def _read_whole(problem: ProblemText, programs: Sequence[ProgramText], most_chars: int) -> Asked:
    return read_item(given(problem), programs, most_chars)


def _without_tests(name: str, known: ProblemAnswer | None) -> Found:
    problem = Problem(name, "")
    if known is None:
        return Found(
            problem, status="unknown_problem", message="the problem is not registered; send it whole, or POST /v1/problems"
        )
    if known.state == "waiting":
        return Found(problem, status="engine_down", message=known.message)
    return Found(problem, status="no_tests", message=known.message or "the problem has no tests; register it with some")


class JudgedCall:
    """A call whose problems are looked up; see `coderm.service.ports.Prepared`."""

    def __init__(self, means: Means, call: ScoreCall, reward: Reward, asked: Sequence[Asked]) -> None:
        self._means = means
        self._call = call
        self._reward = reward
        self._asked = asked
        self._name = uuid.uuid4().hex
        self._alone = {term.name for term, _ in reward.terms} <= ALONE
        self._wants_examples = any(term.name == "examples" for term, _ in reward.terms)

    @property
    def plan(self) -> Plan:
        """Pairs to judge, and the tests of each item."""
        return Plan(sum(asked.pairs for asked in self._asked), tuple(len(asked.found.suite) for asked in self._asked))

    def judge(self, deadline_s: float) -> AsyncGenerator[ProgramReward, None]:
        """Yield each program's reward the moment it is known."""
        end = end_of(deadline_s)
        return merged([self._item(place, asked, end) for place, asked in enumerate(self._asked)])

    async def _item(self, item: int, asked: Asked, end: float) -> AsyncGenerator[ProgramReward, None]:
        rollouts = list(asked.rollouts)
        answered: set[int] = set()
        if self._alone:
            for place in set(range(len(rollouts))) - set(asked.to_run):
                answered.add(place)
                yield self._answer(item, place, self._rewarded(asked, [rollouts[place]])[0])
        try:
            async for place, rollout in self._verdicts(asked, end):
                rollouts[place] = rollout
                if self._alone:
                    answered.add(place)
                    yield self._answer(item, place, self._rewarded(asked, [rollout])[0])
        except CodeRMError as error:
            _log.warning("an item was not judged", problem=asked.found.problem.task_id, error=error)
            left = (place for place in asked.to_run if rollouts[place].verdict is None)
            for place in left:
                rollouts[place] = replace(rollouts[place], message=f"{error.message}; send it again")
        rewarded = self._rewarded(asked, rollouts)
        for place in set(range(len(rollouts))) - answered:
            yield self._answer(item, place, rewarded[place])
        await self._means.recordings.keep(self._record(item, asked, rollouts, rewarded))

    async def _record(self, item: int, asked: Asked, rollouts: list[Rollout], rewarded: tuple[Rewarded, ...]) -> None:
        group = self._group(asked, rollouts)
        name = f"{self._name}-{item}"
        await self._means.recordings.log.write(name, group, rewarded, self._call.stop)
        await observe(self._means.bank, name, asked.found.version, group)

    async def _verdicts(self, asked: Asked, end: float) -> AsyncIterator[tuple[int, Rollout]]:
        """Yield (place, rollout with its verdict) of the programs that run."""
        places = asked.to_run
        if not places:
            return
        examples = await self._on_examples(asked, end)
        async for at, verdict in verdicts(self._means.scorer, self._request(asked), end):
            place = places[at]
            yield place, replace(asked.rollouts[place], verdict=verdict, examples=examples.get(at))

    async def _on_examples(self, asked: Asked, end: float) -> dict[int, ProgramVerdict]:
        shown = asked.found.problem.examples
        if not (self._wants_examples and shown):
            return {}
        request = replace(self._request(asked), suite=UnitTests(shown))
        request = replace(request, settings=replace(request.settings, canaries=0, stop="never"))
        return {at: verdict async for at, verdict in verdicts(self._means.scorer, request, end)}

    def _request(self, asked: Asked) -> ScoreRequest:
        settings = settings_of(self._means.config, asked.found.problem, self._call.stop)
        programs = tuple(asked.rollouts[place].code for place in asked.to_run)
        return ScoreRequest(asked.found.problem.task_id, programs, asked.found.suite, settings)

    def _rewarded(self, asked: Asked, rollouts: Sequence[Rollout]) -> tuple[Rewarded, ...]:
        return reward_group(self._reward, self._group(asked, rollouts))

    def _group(self, asked: Asked, rollouts: Sequence[Rollout]) -> Group:
        found = asked.found
        limits = self._request(asked).settings.limits
        shown = len(found.problem.examples) if self._wants_examples else 0
        return Group(found.problem.task_id, tuple(rollouts), len(found.suite), asked.broken, shown, limits)

    def _answer(self, item: int, place: int, rewarded: Rewarded) -> ProgramReward:
        return told(rewarded.answer(item, place), self._means.config.service.detail)
