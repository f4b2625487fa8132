"""What decides how requests are carried out, and never what their verdicts are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScorerSettings:
    """How blocks are cut, spread, and tried again."""

    executors: int = 1
    """Sandboxes that blocks are spread over."""
    in_flight: int = 2
    """Blocks sent to one of them at once: the next one is read while the first runs."""
    block_pairs: int = 2048
    """Most pairs of a block."""
    block_bytes: int = 32 << 20
    """Most characters of texts in a block, where one pair alone has no more; a frame holds 256 MiB."""
    block_s: float = 1.0
    """Seconds that a block is meant to take, by what pairs took so far: a row is answered with its whole block."""
    spread_pairs: int = 112
    """While all executors have work, a request is not cut into smaller blocks than this to occupy them: each block costs as much as
    some twenty pairs."""
    least_pairs: int = 16
    """Blocks are made no smaller than this for `block_s`, since each reads and compiles its texts anew."""
    losses: int = 2
    """Times that a block may be lost before it is taken apart."""
    pause_s: float = 0.5
    """Before the second and later tries of a block whose worker died; doubles with each."""
    first_portion: int = 16
    """Unit tests that a program meets first where its first failure stops it; each later portion doubles what is known.
    A block costs as much as a dozen pairs, so smaller ones would save little."""
    details_kb: int = 64
    """Most text of why pairs did not pass that is kept of a block, KiB."""
    seed: str = ""
    """Decides which canaries are made."""

    @property
    def slots(self) -> int:
        """Blocks under way at once."""
        return self.executors * self.in_flight
