"""Idempotency keys: the same key with the same content is the same call, running or answered."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from coderm.service.jobs import Job
from coderm.service.ports import Refused

LONGEST_KEY = 256
"""Characters of a key; a UUID has 36."""


def reused() -> Refused:
    """Return why a key that came with other content is refused."""
    return Refused("this Idempotency-Key was used with other content; take a new key for a new call", "key_reused", 409)


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: str
    job: Job
    since: float


class KeptCalls:
    """Calls by key, of at most `most` programs together, for `keep_s` seconds; one that still runs stays. The clock is given."""

    def __init__(self, most: int, keep_s: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._keep_s = keep_s
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str, digest: str) -> Job | None:
        """The call of this key; None: a new one. Raises Refused (409) when the key came with other content."""
        if len(key) > LONGEST_KEY:
            raise Refused(f"Idempotency-Key has {len(key)} characters, {LONGEST_KEY} are allowed; use a UUID", "bad_key", 400)
        self._expire()
        kept = self._kept.get(key)
        if kept is None or kept.job.dropped or kept.job.refusal is not None:
            return None
        if kept.digest != digest:
            raise reused()
        return kept.job

    def keep(self, key: str, digest: str, job: Job) -> None:
        """Remember a call; the oldest answered ones go beyond the bound."""
        self._kept[key] = _Kept(digest, job, self._clock())
        self._kept.move_to_end(key)
        self._expire()

    def _expire(self) -> None:
        gone = [key for key, kept in self._kept.items() if kept.job.dropped or kept.job.refusal is not None]
        old = self._clock() - self._keep_s
        gone += [key for key, kept in self._kept.items() if kept.since < old and kept.job.ended]
        for key in gone:
            self._kept.pop(key, None)
        over = sum(kept.job.programs for kept in self._kept.values()) - self._most
        for key, kept in list(self._kept.items()):
            if over > 0 and kept.job.ended:
                del self._kept[key]
                over -= kept.job.programs
