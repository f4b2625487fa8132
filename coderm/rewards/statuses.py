"""The table of what every outcome is worth: a reward or null, under which status, and who can have caused it.

Null only for what the program cannot have caused. An exit that a program can bring about, and that is thrown away, is one that a
policy learns to take; so each of those is a reward with a name. docs/rewards.md shows the tables, and a test compares them.
"""

from dataclasses import dataclass
from typing import Literal

from coderm.client.contract import RewardStatus
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict

Cause = Literal["program", "problem", "service"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a status means. rewarded: whether there is a number; otherwise the reward is null."""

    rewarded: bool
    caused_by: Cause


_PROGRAM = Ruling(rewarded=True, caused_by="program")
_PROBLEM = Ruling(rewarded=False, caused_by="problem")
_SERVICE = Ruling(rewarded=False, caused_by="service")

STATUSES: dict[RewardStatus, Ruling] = {
    "scored": _PROGRAM,
    "no_code": _PROGRAM,
    "timeout": _PROGRAM,
    "memory": _PROGRAM,
    "output_limit": _PROGRAM,
    "exit_status": _PROGRAM,
    "error": _PROGRAM,
    "tampered": _PROGRAM,
    "unserved": _PROGRAM,
    "too_large": _PROGRAM,
    "no_tests": _PROBLEM,
    "broken_tests": _PROBLEM,
    "no_signal": _PROBLEM,
    "unknown_problem": _PROBLEM,
    "refused": _PROBLEM,
    "lost": _SERVICE,
    "overloaded": _SERVICE,
    "deadline": _SERVICE,
    "cancelled": _SERVICE,
    "engine_down": _SERVICE,
}
"""Every status, with a number or null."""

OUTCOMES: dict[Outcome, RewardStatus] = {
    Outcome.LOST: "lost",
    Outcome.PASSED: "scored",
    Outcome.FAILED: "scored",
    Outcome.ERROR: "error",
    Outcome.TIMEOUT: "timeout",
    Outcome.MEMORY: "memory",
    Outcome.OUTPUT_LIMIT: "output_limit",
    Outcome.SKIPPED: "error",
    Outcome.NO_TESTS: "error",
    Outcome.TAMPERED: "tampered",
    Outcome.LEFT_OUT: "scored",
    Outcome.UNSERVED: "unserved",
    Outcome.EXIT_STATUS: "exit_status",
}
"""The status that the outcome of one pair gives its program. A pair counts for the program only if it is PASSED."""

NAMED_IN_WORDS: tuple[RewardStatus, ...] = ("deadline", "cancelled", "overloaded", "engine_down")
"""Statuses that are recognised in a verdict's `lost`."""


def is_null(status: RewardStatus) -> bool:
    """Whether a program of this status has no reward."""
    return not STATUSES[status].rewarded


def program_status(outcomes: tuple[Outcome, ...], *, tampered: bool) -> RewardStatus:
    """Return the status of a program from what its usable tests ended with, lost ones disregarded.

    It is that of the first test, in the suite's order, that it did not pass, so it is the same whether the rest was run or not.
    A left-out pair names nothing: the pair that ended the row does.
    """
    if tampered:
        return "tampered"
    silent = (Outcome.PASSED, Outcome.LEFT_OUT, Outcome.LOST)
    return next((OUTCOMES[outcome] for outcome in outcomes if outcome not in silent), "scored")


def lost_status(verdict: ProgramVerdict) -> RewardStatus:
    """Return why a verdict has lost pairs: the null status that the service's words in `lost` name, else `lost`."""
    words = verdict.lost.replace(":", " ").split()
    return next((status for status in NAMED_IN_WORDS if status in words), "lost")
