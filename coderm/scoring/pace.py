"""How long a pair takes in one sandbox: running means over what blocks took there."""

FIRST_PAIR_S = 0.004
"""Before anything was seen; isolated grading of short functions on one core."""
AROUND_S = 0.0015
"""CPU seconds of a pair beside its program's own: forks, messages, its test."""
WEIGHT = 0.1
"""Of one block in the mean."""


class Pace:
    """Means over the blocks so far. The wait for a sandbox does not count.

    pair_s: seconds that a sandbox works on a pair, longer on a busy machine; how fast requests are done goes by it.
    pair_cpu_s: CPU seconds of a pair; how large blocks are goes by it, lest a busy machine gets smaller ones, which cost more.
    """

    def __init__(self) -> None:
        self.pair_s = FIRST_PAIR_S
        self.pair_cpu_s = AROUND_S

    def note(self, seconds: float, pairs: int, cpu_s: float) -> None:
        """Take in one answered block; cpu_s: CPU seconds of all its programs."""
        if pairs and seconds > 0:
            self.pair_s += WEIGHT * (seconds / pairs - self.pair_s)
            self.pair_cpu_s += WEIGHT * (AROUND_S + cpu_s / pairs - self.pair_cpu_s)
