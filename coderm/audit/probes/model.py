"""What a probe is."""

from dataclasses import dataclass
from typing import Literal

ProbeKind = Literal["constant", "examples", "partial"]


@dataclass(frozen=True, slots=True)
class LeakProbe:
    """A wrong program. told: what it does, to follow "a program that ..."."""

    text: str
    kind: ProbeKind
    told: str
