"""TRL: reward functions for GRPOTrainer, RLOOTrainer and AsyncGRPOTrainer.

A lost reward is None, which TRL (from 1.9 on) leaves out of its group's mean, deviation and advantages; but only if no other
reward function of the trainer answers a number for that sample. So one function owns every term: name them in `reward`. It never
raises, since TRL ends a training on an exception.
"""

import asyncio
import importlib.metadata
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from coderm.client import Scorer, score_item
from coderm.client.contract import ProgramReward, ScoreAnswer, ScoreItem
from coderm.client.scorer import Reward
from coderm.errors import InputError
from coderm.integrations.rows import last_answer, problem_of
from coderm.integrations.settings import reward_of, shared_client, warn_lost
from coderm.logs import get_log
from coderm.messages.case_rules import StopRule

_log = get_log(__name__)
LEAST_TRL = (1, 9)
"""Before it, TRL trained a sample without a reward as 0."""
DEADLINE_S = 300.0
"""Longest a step waits for its rewards."""


class TrlReward:
    """A reward function for TRL; `asynchronous` is the same as a coroutine function.

    client: none takes the process's own, at the first call, so that the function may be pickled. reward: the name of a term or
    terms with weights; none takes CODERM_REWARD. problem_column, tests_column: columns of the data set, as `rows` reads them; one
    of the two must be there. seen: gets the items and the answer of each call.
    """

    def __init__(
        self,
        client: Scorer | None = None,
        *,
        reward: Reward | None = None,
        stop: StopRule = "never",
        deadline_s: float = DEADLINE_S,
        problem_column: str = "problem_id",
        tests_column: str = "tests",
        seen: Callable[[Sequence[ScoreItem], ScoreAnswer], None] | None = None,
    ) -> None:
        self.__name__ = "coderm_reward"
        self._client = client
        self._options: dict[str, Any] = {
            "reward": reward_of() if reward is None else reward,
            "stop": stop,
            "deadline_s": deadline_s,
        }
        self._columns = (tests_column, problem_column)
        self._seen = seen
        warn_if_old()

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """Return a reward or None for each completion."""
        try:
            places, items = self._items(completions, columns)
            answer = self._scorer().score(items, **self._options)
            return self._rewards(_Asked(len(completions), places, items), answer, columns)
        except Exception as error:  # noqa: BLE001 - the boundary: an exception would end the training
            return _given_up(error, len(completions), columns)

    async def asynchronous(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """Return a reward or None for each completion; TRL awaits it beside its other coroutines."""
        try:
            places, items = self._items(completions, columns)
            answer = await asyncio.wrap_future(self._scorer().submit(items, **self._options))
            return self._rewards(_Asked(len(completions), places, items), answer, columns)
        except Exception as error:  # noqa: BLE001 - the boundary: an exception would end the training
            return _given_up(error, len(completions), columns)

    def check(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Raise InputError naming the remedy if rows cannot be scored; call it before the training, which never raises."""
        tests_column, problem_column = self._columns
        for number, row in enumerate(rows):
            try:
                problem_of(row.get(tests_column), row.get(problem_column))
            except InputError as error:
                raise InputError(f"row {number}, columns {tests_column!r} and {problem_column!r}: {error.message}") from None

    def _scorer(self) -> Scorer:
        return self._client or shared_client(DEADLINE_S)

    def _items(self, completions: Sequence[Any], columns: Mapping[str, Any]) -> tuple[list[int], list[ScoreItem]]:
        """Return an item for each run of completions of one problem, and the place of each program among the completions."""
        none = [None] * len(completions)
        found = (columns.get(name) or none for name in self._columns)
        rows = [_problem_or_none(tests, problem_id) for tests, problem_id in zip(*found, strict=True)]
        places, items = [], []
        for problem, group in groupby(range(len(completions)), key=lambda place: rows[place]):
            members = list(group)
            if problem is not None:
                places += members
                items.append(score_item(problem, [last_answer(completions[place]) for place in members]))
        return places, items

    def _rewards(self, asked: "_Asked", answer: ScoreAnswer, columns: Mapping[str, Any]) -> list[float | None]:
        if self._seen is not None:
            self._seen(asked.items, answer)
        results: list[ProgramReward | None] = [None] * asked.completions
        for place, result in zip(asked.places, answer.results, strict=True):
            results[place] = result
        _tell(results, columns)
        return [None if result is None else result.reward for result in results]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for a step's completions. places: of the items' programs among the completions."""

    completions: int
    places: Sequence[int]
    items: Sequence[ScoreItem]


def _problem_or_none(tests: object, problem_id: object) -> Any:
    try:
        return problem_of(tests, problem_id)
    except InputError as error:
        _log.warning("a row cannot be scored so check the data set", error=error)
        return None


def _given_up(error: Exception, number: int, columns: Mapping[str, Any]) -> list[float | None]:
    _log.error("no rewards for a whole step", error=error)
    _tell([None] * number, columns)
    return [None] * number


def _tell(results: Sequence[ProgramReward | None], columns: Mapping[str, Any]) -> None:
    """Log the shares of lost and cached to the trainer, and each status to its table of completions, where it has such calls."""
    known = [result for result in results if result is not None]
    lost = len(results) - sum(result.reward is not None for result in known)
    pairs = sum(result.tests for result in known)
    warn_lost(known)
    if callable(log_metric := columns.get("log_metric")) and results:
        log_metric("coderm/lost", lost / len(results))
        log_metric("coderm/cached", sum(result.cached for result in known) / pairs if pairs else 0.0)
    if callable(log_extra := columns.get("log_extra")):
        log_extra("coderm_status", ["malformed" if result is None else result.status for result in results])


def warn_if_old() -> None:
    """Warn where TRL would train a lost reward as 0."""
    try:
        version = importlib.metadata.version("trl")
    except importlib.metadata.PackageNotFoundError:
        return
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < LEAST_TRL:
        warnings.warn(f"trl {version} trains a lost reward as 0: pip install 'trl>=1.9', which leaves it out", stacklevel=3)


def coderm_reward(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """The reward function with the settings of the environment; picklable by name."""
    return TrlReward()(prompts, completions, **columns)


async def coderm_reward_async(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """The same as a coroutine."""
    return await TrlReward().asynchronous(prompts, completions, **columns)
