"""What a failed try means: again, after which pause, or never. Pure.

A try is repeated where another one may be answered: an overloaded or dying service, a connection that failed, a stream that was
cut. Everything else is the request's own fault and stays as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from coderm.client.contract import RewardStatus
from coderm.client.settings import TOKEN_VARIABLE

PASSING = {408, 425, 429, 500, 502, 503, 504, 507}
"""HTTP statuses after which the same request may be answered."""
STATUSES = frozenset(get_args(RewardStatus))


@dataclass(frozen=True, slots=True)
class Again:
    """A try failed in passing. after_s: seconds that the service asks to wait, if it does."""

    reason: str
    status: RewardStatus = "lost"
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The service will not answer this request. by_content: what it holds is refused, so its parts may still be answered."""

    reason: str
    status: RewardStatus = "refused"
    by_content: bool = False


class TryFailed(Exception):
    """Carries what became of a try."""

    def __init__(self, verdict: Again | Refused) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


def refused_as(status_code: int, headers: Mapping[str, str], body: bytes) -> Again | Refused:
    """Return what an HTTP status other than 200 means."""
    said, status = _said(body, refused_status(status_code))
    reason = f"the reward service answered {status_code}{': ' if said else ''}{said}"
    if status_code in PASSING:
        return Again(reason, status, _seconds(headers.get("retry-after")))
    if status_code in (401, 403):
        return Refused(f"{reason}; set {TOKEN_VARIABLE} to the token that the service printed")
    return Refused(reason, status, by_content=by_content(status_code))


def by_content(status_code: int) -> bool:
    """Whether a request is refused for what it holds, so that its parts may still be answered."""
    return status_code in (400, 404, 413, 422)


def refused_status(status_code: int) -> RewardStatus:
    """Return the status of programs whose request got this HTTP status, where the service names none itself."""
    if status_code in (429, 503):
        return "overloaded"
    return "lost" if status_code in PASSING else "refused"


def pause_s(tried: int, after_s: float | None, first_s: float, longest_s: float, chance: float) -> float:
    """Return the seconds before the next try, with jitter; tried: tries before the one that failed; chance in [0, 1)."""
    if after_s is not None:
        return after_s * (1 + chance / 4)
    grown: float = min(longest_s, first_s * 2.0 ** min(tried, 30))
    return grown * (1 + chance) / 2


def _said(body: bytes, otherwise: RewardStatus) -> tuple[str, RewardStatus]:
    """Read an ErrorAnswer as far as it is one: a proxy in between may answer anything."""
    try:
        answer = json.loads(body)
    except ValueError:
        return "", otherwise
    if not isinstance(answer, dict):
        return "", otherwise
    code = answer.get("code")
    said = answer.get("error", answer.get("detail", ""))
    return str(said)[:500], code if isinstance(code, str) and code in STATUSES else otherwise  # type: ignore[return-value]


def _seconds(text: str | None) -> float | None:
    try:
        return max(float(text), 0.0) if text is not None else None
    except ValueError:
        return None
