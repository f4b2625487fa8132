"""What stored lines of programs and of written tests share."""

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BaseModel, FiniteFloat

from coderm.client.contract import RewardStatus
from coderm.messages.execution import Outcome

OUTCOMES = {outcome.label: outcome for outcome in Outcome}


def _known(label: str) -> str:
    if label not in OUTCOMES:
        raise ValueError(f"unknown outcome {label!r}, choose among {', '.join(OUTCOMES)}")
    return label


Label = Annotated[str, AfterValidator(_known)]
"""Name of an outcome."""


class Before(BaseModel):
    """What a line had before it was scored again."""

    reward: FiniteFloat | None
    status: RewardStatus


def labels_of(row: npt.NDArray[np.int8]) -> tuple[str, ...]:
    """Return the names of a row of outcomes."""
    return tuple(Outcome(cell).label for cell in row.tolist())


def outcomes_of(rows: tuple[tuple[str, ...], ...], tests: int) -> npt.NDArray[np.int8]:
    """Return the matrix of rows of names, int8 (rows, tests)."""
    return np.array([[OUTCOMES[label] for label in row] for row in rows], np.int8).reshape(len(rows), tests)
