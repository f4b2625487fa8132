"""The client of the reward service: its JSON, and what sends it.

Owns batching, retries and deadlines of calls. A call ends with one reward or explicit null for each program, in order, and is
scored once however often it is sent. Never loads ray, torch or vllm, so that any process of a trainer may import it.
"""

from coderm.client.asynchronous import AsyncRewardClient
from coderm.client.scorer import Scorer, programs_of, score_item
from coderm.client.settings import ClientSettings
from coderm.client.synchronous import RewardClient
from coderm.errors import RewardLost

__all__ = ["AsyncRewardClient", "ClientSettings", "RewardClient", "RewardLost", "Scorer", "programs_of", "score_item"]
