"""Another reward, centred and scaled within its group."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict, Field

from coderm.client.contract import RewardTerm
from coderm.rewards.base import Options, Values
from coderm.rewards.group import Group
from coderm.rewards.reward import Reward, reward_group


class GroupNormalised(Options):
    """Options of the term; `Normalised` has the formula."""

    name: ClassVar[str] = "group_normalised"

    model_config = ConfigDict(strict=False)  # a list of terms comes as a list of objects

    of: str | tuple[RewardTerm, ...] = "fraction"
    """The reward to normalise: a term's name or a weighted sum of terms."""
    eps: float = Field(1e-4, gt=0)
    """Added to the standard deviation."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """r = (R - mean) / (std + eps) over the group's n rewards that are not null, std with n - 1; 0 where n < 2.

    In [-(n - 1) / sqrt(n), (n - 1) / sqrt(n)]. A null stays null and enters neither mean nor std. Source: the advantage of GRPO
    (arXiv 2402.03300, section 4.1.2), as TRL computes it. A trainer that normalises by itself needs the plain reward instead.
    """

    inner: Reward
    eps: float
    name: ClassVar[str] = GroupNormalised.name

    @property
    def needs_all_tests(self) -> bool:
        return self.inner.needs_all_tests

    def bounds(self, size: int) -> tuple[float, float]:
        most = (size - 1) / math.sqrt(size) if size else 0.0
        return -most, most

    def __call__(self, group: Group) -> Values:
        rewards = [rewarded.reward for rewarded in reward_group(self.inner, group)]
        known = np.array([reward for reward in rewards if reward is not None], np.float64)
        if len(known) < 2:
            return [None if reward is None else 0.0 for reward in rewards]
        mean, scale = known.mean(), known.std(ddof=1) + self.eps
        return [None if reward is None else float((reward - mean) / scale) for reward in rewards]
