"""How long a pair takes in one sandbox: a running mean over what blocks took there."""

FIRST_PAIR_S = 0.004
"""Before anything was seen; isolated grading of short functions on one core."""
WEIGHT = 0.1
"""Of one block in the mean."""


class Pace:
    """Seconds per pair of a block while its sandbox works on it; the wait for the sandbox does not count."""

    def __init__(self) -> None:
        self.pair_s = FIRST_PAIR_S

    def note(self, seconds: float, pairs: int) -> None:
        """Take in one answered block."""
        if pairs and seconds > 0:
            self.pair_s += WEIGHT * (seconds / pairs - self.pair_s)
