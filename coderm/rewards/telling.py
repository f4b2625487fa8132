"""What a judge may tell: an answer is cut to the level that the server has set, so that a judge is no oracle.

`outcome`: reward, status, terms and counts. `which`: also what each test ended with. `full`: also expected and got.
"""

from typing import Any, Literal

from coderm.client.contract import ProgramReward

DetailLevel = Literal["outcome", "which", "full"]

_HIDDEN: dict[DetailLevel, dict[str, Any]] = {
    "outcome": {"outcomes": (), "details": {}},
    "which": {"details": {}},
    "full": {},
}


def told(answer: ProgramReward, level: DetailLevel) -> ProgramReward:
    """Return the answer without what lies above the level; pure."""
    return answer.model_copy(update=_HIDDEN[level])
