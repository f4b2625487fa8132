"""Ends records whose question is nearly that of an earlier one: MinHash signatures by datasketch, bands of them on disk.

The index of datasketch lives in memory or in a server. Here the bands are looked up in the build's own file, so that memory does
not grow with the number of records and a build that was killed finds them again.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from coderm.config.data import DuplicatesConfig
from coderm.data.records import Record, Rejected, Why
from coderm.data.words import sequences

RECALL = 0.99
"""Share of the pairs at the threshold that have a band in common, and so are compared at all. datasketch's own choice of bands
weighs false candidates as much as missed pairs, and misses more than half of them; a false candidate costs us one comparison."""


def band_rows(threshold: float, permutations: int) -> int:
    """Return the most rows of a band, so that pairs at the threshold are found: 1 - (1 - t^rows)^bands >= RECALL."""
    found = (rows for rows in range(permutations, 1, -1) if 1 - (1 - threshold**rows) ** (permutations // rows) >= RECALL)
    return next(found, 1)


class Bands(Protocol):
    """Signatures of earlier records by their bands."""

    def alike(self, bands: list[bytes]) -> list[tuple[str, bytes]]:
        """Return (id, signature) of the records that share a band, earliest first."""


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """The signature of a question, and the keys of its bands."""

    values: npt.NDArray[np.uint32]
    bands: list[bytes]


@dataclass(eq=False, slots=True)
class NearDuplicates:
    """Signs questions and compares signatures."""

    config: DuplicatesConfig
    seed: int
    rows: int = field(init=False)
    bands: int = field(init=False)
    _permutations: Any = field(init=False)

    def __post_init__(self) -> None:
        from datasketch import MinHash

        self.rows = band_rows(self.config.threshold, self.config.permutations)
        self.bands = self.config.permutations // self.rows
        self._permutations = MinHash(num_perm=self.config.permutations, seed=self._seed, scheme="affine32").permutations

    @property
    def _seed(self) -> int:
        return self.seed % (1 << 31) or 1

    def sign(self, question: str) -> Signature:
        """Return the signature of a question."""
        from datasketch import MinHash

        minhash = MinHash(num_perm=self.config.permutations, seed=self._seed, permutations=self._permutations, scheme="affine32")
        minhash.update_batch([text.encode() for text in sorted(sequences(question, self.config.words))])
        values = np.asarray(minhash.hashvalues, np.uint32)
        keys = [bytes([band]) + values[band * self.rows : (band + 1) * self.rows].tobytes() for band in range(self.bands)]
        return Signature(values, keys)

    def __call__(self, record: Record, signature: Signature, earlier: Bands) -> Record | Rejected:
        """Return the record, or the first record that it nearly repeats."""
        for task_id, raw in earlier.alike(signature.bands):
            share = float(np.mean(np.frombuffer(raw, np.uint32) == signature.values))
            if share >= self.config.threshold:
                return Rejected(Why.NEAR_DUPLICATE, f"{share:.2f} of {task_id}")
        return record
