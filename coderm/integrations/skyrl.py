"""SkyRL: a single-turn environment on skyrl-gym's BaseTextEnv.

SkyRL asserts that a reward is a number. A lost one is `lost_reward`, counted in `get_metrics()`, the only thing of an environment
that SkyRL reads besides rewards.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from coderm.client import Scorer, score_item
from coderm.client.contract import ProgramReward
from coderm.errors import InputError
from coderm.integrations.rows import problem_of
from coderm.integrations.settings import LOST_VARIABLE, json_of, number_of, reward_of, shared_client
from coderm.logs import get_log

_log = get_log(__name__)
NAME = "coderm"
DEADLINE_S = 300.0


def register(name: str = NAME) -> None:
    """Register the environment in this process, once; call it in the Ray entry point, where SkyRL makes its environments."""
    from skyrl_gym.envs.registration import register as register_env
    from skyrl_gym.envs.registration import registry

    if name not in registry:
        register_env(id=name, entry_point=f"{__name__}:CodeEnv")


class Episode:
    """The one step of an episode, without skyrl-gym. extras: the row, tests in `reward_spec.ground_truth` as `rows` reads them."""

    def __init__(self, env_config: Any = None, extras: Mapping[str, Any] | None = None, client: Scorer | None = None) -> None:
        self._row = extras or {}
        options = dict(env_config or {})
        reward = options.get("reward")
        self._reward = reward_of(None if reward is None else json_of(reward))
        self._deadline_s = float(options.get("deadline_s", DEADLINE_S))
        self._lost_reward = float(options.get("lost_reward", number_of(LOST_VARIABLE, 0.0)))
        self._client = client
        self.result: ProgramReward | None = None

    def reward(self, action: str) -> float:
        """Return the reward of an answer, or the constant where there is none; never raises."""
        try:
            spec = self._row.get("reward_spec") or {}
            info = self._row.get("extra_info") or {}
            item = score_item(problem_of(spec.get("ground_truth"), info.get("problem_id")), [action])
            scorer = self._client or shared_client(DEADLINE_S)
            (self.result,) = scorer.score([item], reward=self._reward, deadline_s=self._deadline_s).results
        except InputError as error:
            _log.warning("a row cannot be scored so the constant", error=error)
        except Exception as error:  # noqa: BLE001 - the boundary: an exception would end the training
            _log.error("no reward so the constant", error=error)
        return self._lost_reward if self.result is None or self.result.reward is None else self.result.reward

    def metrics(self) -> dict[str, float]:
        """Return the same numbers for every episode."""
        result = self.result
        return {
            "coderm_lost": float(result is None or result.reward is None),
            "coderm_passed": float(result.passed) if result else 0.0,
            "coderm_tests": float(result.tests) if result else 0.0,
            "coderm_cached": float(result.cached) if result else 0.0,
        }


def play(extras: Mapping[str, Any], action: str, env_config: Any = None) -> dict[str, Any]:
    """Return what an environment says of one episode, without skyrl-gym; for `verify`."""
    episode = Episode(env_config, extras)
    return {"reward": episode.reward(action), "done": True, "metrics": episode.metrics()}


@cache
def _env_class() -> type[Any]:
    from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

    class CodeEnv(BaseTextEnv):  # type: ignore[misc, unused-ignore]
        """One prompt, one program, one reward."""

        def __init__(self, env_config: Any = None, extras: Mapping[str, Any] | None = None, **more: Any) -> None:
            super().__init__()
            self._episode = Episode(env_config, extras)

        def step(self, action: str) -> Any:
            reward = self._episode.reward(action)
            return BaseTextEnvStepOutput(observations=[], reward=reward, done=True, metadata={})

        def get_metrics(self) -> dict[str, float]:
            return self._episode.metrics()

    CodeEnv.__module__, CodeEnv.__qualname__ = __name__, "CodeEnv"
    return CodeEnv


def __getattr__(name: str) -> Any:
    """`CodeEnv` is made when it is asked for, since its base needs skyrl-gym."""
    if name == "CodeEnv":
        return _env_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
