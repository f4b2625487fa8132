"""What adapters are told through the environment, and the one client of a process.

Trainers load reward functions by file and name, in workers that a script never sees, so there is no other way to tell them.
"""

import contextlib
import json
import os
import threading
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from coderm.client import ClientSettings, RewardClient, Scorer
from coderm.client.contract import ProgramReward, RewardTerm
from coderm.config.mistakes import told
from coderm.errors import ConfigError

REWARD_VARIABLE = "CODERM_REWARD"
DEADLINE_VARIABLE = "CODERM_REWARD_DEADLINE_S"
LOST_VARIABLE = "CODERM_LOST_REWARD"
_TERMS: TypeAdapter[tuple[RewardTerm, ...]] = TypeAdapter(tuple[RewardTerm, ...])
_lock = threading.Lock()
_clients: dict[float, Scorer] = {}
_set: list[Scorer] = []


def use_client(client: Scorer | None) -> None:
    """Let the adapters of this process use a client of your own, e.g. a Ray-native or a scripted one; None: theirs again."""
    with _lock:
        _set[:] = [] if client is None else [client]


def shared_client(deadline_s: float, ask_again: int = 1) -> Scorer:
    """Return the client of this process for a deadline; it is made at its first use."""
    with _lock:
        if _set:
            return _set[0]
        if deadline_s not in _clients:
            _clients[deadline_s] = RewardClient(settings=ClientSettings(deadline_s=deadline_s, ask_again=ask_again))
        return _clients[deadline_s]


def reward_of(text: str | None = None) -> str | tuple[RewardTerm, ...]:
    """Return a reward by its name, or by JSON of terms; None: as CODERM_REWARD says, else `fraction`. Raises ConfigError."""
    text = (os.environ.get(REWARD_VARIABLE, "") if text is None else text).strip() or "fraction"
    if text[0] not in "[{":
        return text
    try:
        return _TERMS.validate_json(text if text[0] == "[" else f"[{text}]")
    except ValidationError as error:
        raise ConfigError(
            f'reward: {told(error, "the terms", 1)}; write a name or [{{"name": "fraction", "weight": 1.0}}]'
        ) from None


def warn_lost(results: Iterable[ProgramReward | None]) -> None:
    """Warn why the first null among results is one; Python shows each reason once. Never raises, whatever the filters say."""
    if first := next((result for result in results if result is not None and result.reward is None), None):
        with contextlib.suppress(Warning):
            warnings.warn(f"no reward ({first.status}): {first.message}", RuntimeWarning, stacklevel=3)


def number_of(variable: str, otherwise: float) -> float:
    """Return an environment variable's number. Raises ConfigError."""
    text = os.environ.get(variable, "")
    try:
        value = float(text) if text else otherwise
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError
    except ValueError:
        raise ConfigError(f"{variable} = {text!r}: give a finite number") from None
    return value


def json_of(reward: object) -> str:
    """Return a reward as `reward_of` reads it, from what a trainer's configuration holds: a text, or any lists and mappings."""
    return reward if isinstance(reward, str) else json.dumps(_plain(reward))


def _plain(part: Any) -> Any:
    match part:
        case str() | int() | float() | None:
            return part
        case Mapping():
            return {str(key): _plain(value) for key, value in part.items()}
        case Iterable():
            return [_plain(value) for value in part]
        case _:
            raise ConfigError(f"reward: a {type(part).__name__} is no part of one; write a name or a list of terms")
