"""Counters and progress of a running job."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Counts of one pass; all but `in_work` only grow.

    A resumed run counts what it replays; of problems finished before, only that they are done. arrived: problems let in.
    tests_missing: tests that nobody could write, of problems done. budget, spent: of the whole run, in `unit`; 0 of 0 where the
    tests are given. passes_to_come: after this one.
    """

    problems: int = 0
    arrived: int = 0
    in_work: int = 0
    problems_done: int = 0
    candidates_asked: int = 0
    candidates: int = 0
    tests: int = 0
    tests_missing: int = 0
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
    passes_to_come: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """A running job at one moment.

    stage_seconds: seconds with work under way per stage. starting: what is being started, and for how many seconds. stage_s: for
    how many seconds `stage` lasts. written: tokens so far, those of texts under way included; texts: how many are under way.
    notes: what the run goes on in spite of, each with its remedy.
    """

    counters: Counters
    stage: str
    stage_seconds: dict[str, float] = field(default_factory=dict)
    done: bool = False
    starting: dict[str, float] = field(default_factory=dict)
    stage_s: float = 0.0
    written: int = 0
    texts: int = 0
    notes: tuple[str, ...] = ()
