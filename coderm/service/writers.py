"""Judges written tests: every program meets every test, and each text gets the mean value of its tests."""

import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import numpy as np

from coderm.client.contract import ProgramReward, RewardStatus, RewardTerm, WriterCall, WriterItem
from coderm.config.service import ServiceConfig
from coderm.errors import CodeRMError, InputError
from coderm.logs import get_log
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.rewards.reward import Rewarded
from coderm.rewards.statuses import is_null, lost_status, program_status
from coderm.rewards.telling import told
from coderm.rewards.writers.base import WrittenTests
from coderm.rewards.writers.factory import check_terms, least, mean_of, reward_tests
from coderm.rewards.written_tests import written_lines
from coderm.service.asking import end_of, settings_of, verdicts
from coderm.service.merging import merged
from coderm.service.ports import Plan, Refused, Scorer
from coderm.service.recording import Recordings
from coderm.service.written import AskedTests, Unread

_log = get_log(__name__)
NO_SIGNAL = "the programs of the item say nothing of its tests: give right and wrong ones, or a reference that can be changed"


def checked_terms(call: WriterCall) -> tuple[RewardTerm, ...]:
    """Return the terms of a call. Raises Refused (422) for one that is unknown, or that an item has not what it needs."""
    terms = (RewardTerm(name=call.reward),) if isinstance(call.reward, str) else tuple(call.reward)
    try:
        check_terms(terms)
    except InputError as error:
        raise Refused(error.message, "bad_reward", 422) from None
    for i, item in enumerate(call.items):
        for term in terms:
            if wanting := _wanting(term.name, item):
                raise Refused(f"items.{i}: {term.name!r} needs {wanting}; give them, or take it out", "bad_reward", 422)
    return terms


def _wanting(name: str, item: WriterItem) -> str:
    """Return what a term needs and an item lacks; empty: nothing."""
    needs = {
        "valid": ("a reference or programs", item.reference or item.programs),
        "discrimination": ("at least two programs", len(item.programs) > 1),
        "newly_killed": ("a reference and mutants > 0", item.mutants),
        "redundancy": ("mutants > 0 or programs", item.mutants or item.programs),
    }
    what, there = needs[name]
    return "" if there else what


class JudgedTests:
    """A call whose texts are read; see `coderm.service.ports.Prepared`."""

    def __init__(
        self,
        scorer: Scorer,
        config: ServiceConfig,
        recordings: Recordings,
        terms: Sequence[RewardTerm],
        asked: Sequence[AskedTests],
    ) -> None:
        self._scorer = scorer
        self._config = config
        self._recordings = recordings
        self._name = uuid.uuid4().hex
        self._terms = terms
        self._asked = asked

    @property
    def plan(self) -> Plan:
        """Pairs to judge, and the tests of each item."""
        return Plan(sum(asked.pairs for asked in self._asked), tuple(len(asked.suite) for asked in self._asked))

    def judge(self, deadline_s: float) -> AsyncGenerator[ProgramReward, None]:
        """Yield the reward of each text; those of an item come together."""
        end = end_of(deadline_s)
        return merged([self._item(place, asked, end) for place, asked in enumerate(self._asked)])

    async def _item(self, item: int, asked: AskedTests, end: float) -> AsyncGenerator[ProgramReward, None]:
        lost = ProgramVerdict((Outcome.LOST,) * len(asked.suite), (0.0,) * len(asked.suite))
        found = [lost] * len(asked.programs)
        try:
            if asked.pairs:
                async for at, verdict in verdicts(self._scorer, self._request(asked), end):
                    found[at] = verdict
        except CodeRMError as error:
            _log.warning("written tests were not judged", problem=asked.problem.task_id, error=error)
            found = [replace(lost, lost=f"{error.message}; send it again") if verdict is lost else verdict for verdict in found]
        rewards = rewarded_texts(asked, found, self._terms)
        for place, rewarded in enumerate(rewards):
            yield told(rewarded.answer(item, place), self._config.service.detail)
        tests = _matrix(asked, found) if asked.status is None and asked.pairs else None
        lines = written_lines(f"{self._name}-{item}", asked.problem.task_id, asked.texts, rewards, tests)
        await self._recordings.keep(self._recordings.log.append(lines))

    def _request(self, asked: AskedTests) -> ScoreRequest:
        """Every test is judged for itself: what one writer's tests cost never leaves out another's."""
        settings = settings_of(self._config, asked.problem)
        settings = replace(settings, limits=replace(settings.limits, row_timeouts=0))
        return ScoreRequest(asked.problem.task_id, asked.programs, asked.suite, settings)


def rewarded_texts(asked: AskedTests, found: Sequence[ProgramVerdict], terms: Sequence[RewardTerm]) -> tuple[Rewarded, ...]:
    """Return what each text of an item gets; pure. found: verdicts of its programs, in their order."""
    if asked.status is not None:
        return (Rewarded(None, asked.status, message=asked.message),) * len(asked.owned)
    tests = _matrix(asked, found)
    values = {term.name: reward_tests(term.name, tests) for term in terms}
    sums = reward_tests(terms, tests)
    return tuple(_rewarded(asked, found, owned, terms, sums, values) for owned in asked.owned)


def _matrix(asked: AskedTests, found: Sequence[ProgramVerdict]) -> WrittenTests:
    """A program that passed a canary has no vote. A test that sees tampering where no canary was passed is one not passed:

    otherwise a test could rid itself of every program, and so of its reward.
    """
    rows = np.array([_row(verdict) for verdict in found], np.int8).reshape(len(found), len(asked.suite))
    first = int(asked.has_reference)
    after = first + asked.others
    labels = None if asked.labels is None else np.array(asked.labels, np.bool_)
    mutants = rows[after:] if after < len(rows) else None
    return WrittenTests(rows[first:after], rows[0] if asked.has_reference else None, labels, mutants)


def _row(verdict: ProgramVerdict) -> list[int]:
    if verdict.tampered:
        return [Outcome.TAMPERED] * len(verdict.outcomes)
    return [Outcome.FAILED if outcome is Outcome.TAMPERED else outcome for outcome in verdict.outcomes]


def _rewarded(
    asked: AskedTests,
    found: Sequence[ProgramVerdict],
    owned: tuple[int, ...] | Unread,
    terms: Sequence[RewardTerm],
    sums: Sequence[float | None],
    values: dict[str, Sequence[float | None]],
) -> Rewarded:
    if isinstance(owned, Unread):
        return Rewarded(least(terms), owned.status, message=owned.message)
    reference = found[0] if asked.has_reference else None
    outcomes = () if reference is None else tuple(reference.outcomes[place] for place in owned)
    details = {} if reference is None else reference.details
    total = mean_of(sums, owned)
    status = _unknown(found) if total is None else program_status(outcomes, tampered=False)
    means = {name: mean_of(column, owned) for name, column in values.items()}
    return Rewarded(
        total,
        status,
        passed=outcomes.count(Outcome.PASSED),
        tests=len(owned),
        terms={name: value for name, value in means.items() if value is not None},
        outcomes=tuple(outcome.label for outcome in outcomes),
        details={at: details[place] for at, place in enumerate(owned) if place in details},
        message=_message(found, status) if is_null(status) else "",
    )


def _unknown(found: Sequence[ProgramVerdict]) -> RewardStatus:
    lost = next((verdict for verdict in found if Outcome.LOST in verdict.outcomes), None)
    return "no_signal" if lost is None else lost_status(lost)


def _message(found: Sequence[ProgramVerdict], status: RewardStatus) -> str:
    if status == "no_signal":
        return NO_SIGNAL
    return next((verdict.lost for verdict in found if verdict.lost), "a verdict is lost; send the tests again")
