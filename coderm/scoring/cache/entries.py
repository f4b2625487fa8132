"""What the cache keeps of a block, and under which names.

Kept is what the same texts under the same limits would come to again:

- any outcome but LOST, LEFT_OUT, TAMPERED and MEMORY;
- TIMEOUT only where the CPU limit decided, or where it was proved that the program never ends;
- nothing that ended within the borderline of the CPU limit, where load may decide.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace

import numpy as np

from coderm.messages.execution import BlockResult, Outcome
from coderm.messages.hashing import content_hash
from coderm.messages.scoring import ScoreSettings
from coderm.scoring.board import Cell

KEPT = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.TIMEOUT,
    Outcome.OUTPUT_LIMIT,
    Outcome.SKIPPED,
    Outcome.NO_TESTS,
    Outcome.UNSERVED,
    Outcome.EXIT_STATUS,
)
"""Outcomes that may be kept. MEMORY may be the whole box's; TAMPERED is judged anew in a fresh box."""


def settings_digest(environment: str, settings: ScoreSettings) -> str:
    """Name everything but the texts that decides a pair: what ends a row, and how many canaries there are, does not."""
    limits = replace(settings.limits, row_timeouts=0)
    return content_hash(environment, settings.grading, repr(settings.fallback), repr(astuple(limits)), repr(settings.details))


def pair_keys(prefix: str, program: str, columns: Sequence[str]) -> list[bytes]:
    """Name the pairs of one program; `columns` are digests of tests."""
    row = hashlib.blake2b((prefix + content_hash(program)).encode("ascii"), digest_size=16)
    return [_key(row.copy(), column) for column in columns]


def _key(row: "hashlib.blake2b", column: str) -> bytes:
    row.update(column.encode("ascii"))
    return row.digest()


def kept_cells(result: BlockResult, settings: ScoreSettings) -> Iterator[tuple[int, int, Cell]]:
    """Yield (row, column, cell) of the pairs of a block that may be kept."""
    limit, band = settings.limits.cpu_s, settings.limits.borderline * settings.limits.cpu_s
    early = (result.outcomes == Outcome.TIMEOUT) & (result.cpu_s < limit - band)
    proved = int(np.count_nonzero(early)) <= result.endless
    usable = np.isin(result.outcomes, KEPT) & ((result.cpu_s < limit - band) | (result.cpu_s > limit + band))
    if not proved:
        usable &= ~early
    for i, j in np.argwhere(usable).tolist():
        detail = result.details.get((i, j), "")
        yield i, j, Cell(int(result.outcomes[i, j]), float(result.cpu_s[i, j]), detail)
