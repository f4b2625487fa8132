"""What a running job tells about itself: counters that only grow, and the problem states behind them."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Counts since the run began (a resumed run counts what it replays). budget, spent: of the whole run, in `unit`; 0 of 0 where
    the tests are given."""

    problems: int = 0
    in_work: int = 0
    problems_done: int = 0
    candidates_asked: int = 0
    candidates: int = 0
    tests_asked: int = 0
    tests: int = 0
    units: int = 0
    budget: float = 0.0
    spent: float = 0.0
    unit: str = "tests"
    pairs_planned: int = 0
    pairs_done: int = 0
    tokens: int = 0
    retries: int = 0
    lost: int = 0
    replayed: int = 0

    @property
    def share(self) -> float:
        """How much of all the work is done, in [0, 1]: problems let in, by the stage that is furthest behind."""
        stages = ((self.candidates, self.candidates_asked), (self.tests, self.units), (self.pairs_done, self.pairs_planned))
        least = min((min(done / asked, 1.0) for done, asked in stages if asked), default=0.0)
        return least * (self.problems_done + self.in_work) / max(self.problems, 1)


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a running job. `busy` holds seconds with work under way per stage; `waiting` some open command ids."""

    counters: Counters
    stage: str
    busy: dict[str, float] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    done: bool = False
