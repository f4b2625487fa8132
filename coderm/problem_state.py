"""What the scheduler remembers of one problem while it is in work; turned into a ProblemResult at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coderm.budget.features import survey_features
from coderm.early_stop import Waves
from coderm.events import Ask, BlockKind, Execute, ProblemResult, Sample
from coderm.extract.prelude import runnable
from coderm.messages import BlockResult, Outcome, Problem, Role
from coderm.passes import Observation
from coderm.probe.cheap import Observed, cheap_features


@dataclass(slots=True)
class Distinct:
    """Texts by normalised key: unique texts in order of arrival, and for every sample the place of its unique text or -1."""

    texts: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def add(self, sample: Sample) -> bool:
        """Take one sample in; return whether its text is new."""
        if sample.rejected:
            self.places.append(-1)
            return False
        new = sample.key not in self.seen
        if new:
            self.seen[sample.key] = len(self.texts)
            self.texts.append(sample.code)
        self.places.append(self.seen[sample.key])
        return new

    def counts(self) -> list[int]:
        """Return how many samples share each unique text."""
        tally = Counter(place for place in self.places if place >= 0)
        return [tally[place] for place in range(len(self.texts))]


def _grown(array: npt.NDArray[np.generic], columns: int) -> npt.NDArray[np.generic]:
    wider = np.zeros((array.shape[0], columns), dtype=array.dtype)
    wider[:, : array.shape[1]] = array
    return wider


@dataclass(slots=True)
class ProblemState:
    """One problem in work. `pending` holds the commands not answered yet; `attempts` how often each was lost.

    targets: tests the problem has after each round; `round` is the one being worked on. runnable: the unique programs with what
    the benchmark puts in front of them.
    """

    index: int
    problem: Problem
    targets: tuple[int, ...]
    given_programs: bool = False
    given_tests: tuple[Sample, ...] | None = None
    candidates: list[Sample] = field(default_factory=list)
    runnable: list[str] = field(default_factory=list)
    tests: list[Sample] = field(default_factory=list)
    programs: Distinct = field(default_factory=Distinct)
    unit_tests: Distinct = field(default_factory=Distinct)
    written: list[Sample] = field(default_factory=list)
    batch: dict[int, tuple[Sample, ...]] = field(default_factory=dict)
    round: int = 0
    asked: int = 0
    requests: int = 0
    exhausted: bool = False
    pending: dict[str, Ask] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    decided: int = 0
    reruns: int = 0
    flips: int = 0
    endless: int = 0
    recycled: Counter[str] = field(default_factory=Counter)
    canaries: tuple[str, ...] = ()
    batches: list[tuple[range, tuple[str, ...]]] = field(default_factory=list)
    met: set[int] = field(default_factory=set)
    tampered: set[int] = field(default_factory=set)
    waves: Waves | None = None
    details: dict[tuple[int, int], str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    outcomes: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    cpu_s: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    grading: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    checks: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    examples: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    example_s: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    states: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def target(self) -> int:
        """Tests the problem has when the present round ends."""
        return self.targets[self.round] if self.targets else 0

    @property
    def units(self) -> int:
        """Tests the problem has in the end, as far as is known."""
        return self.targets[-1] if self.targets else 0

    @property
    def test_tokens(self) -> int:
        """Tokens of the test writer so far."""
        return self.tokens["coderm"] + self.tokens["coderm_prompt"]

    def note(self, role: Role, samples: Sequence[Sample], prompt_tokens: int) -> None:
        """Count tokens and rejections of freshly written samples."""
        self.tokens[f"{role}_prompt"] += prompt_tokens
        self.tokens[role] += sum(sample.tokens for sample in samples)
        self.rejected.update(f"{role}:{sample.rejected}" for sample in samples if sample.rejected)

    def take_candidates(self, samples: Sequence[Sample]) -> None:
        """Store the candidates and size the matrices."""
        self.candidates = list(samples)
        for sample in samples:
            self.programs.add(sample)
        self.runnable = [runnable(text, self.problem) for text in self.programs.texts]
        rows = len(self.programs.texts)
        self.outcomes, self.grading = np.zeros((rows, 0), np.int8), np.zeros((rows, 0), np.int8)
        self.cpu_s = np.zeros((rows, 0), np.float32)
        self.checks = np.zeros((rows, len(self.problem.checks)), np.int8)
        self.examples = np.zeros((rows, len(self.problem.examples)), np.int8)
        self.example_s = np.zeros(self.examples.shape, np.float32)

    def take_tests(self, samples: Sequence[Sample], wanted: int, *, keep_doubles: bool) -> range:
        """Store usable tests up to `wanted`; return the places of the new unique ones.

        Doubles of generated tests are dropped and counted; doubles the user gave keep their place and their vote.
        """
        before = len(self.unit_tests.texts)
        for sample in samples:
            if sample.rejected or len(self.tests) >= wanted:
                continue
            if not keep_doubles and sample.key in self.unit_tests.seen:
                self.rejected["coderm:duplicate"] += 1
                continue
            self.unit_tests.add(sample)
            self.tests.append(sample)
        columns = len(self.unit_tests.texts)
        self.outcomes = _grown(self.outcomes, columns).astype(np.int8, copy=False)
        self.grading = _grown(self.grading, columns).astype(np.int8, copy=False)
        self.cpu_s = _grown(self.cpu_s, columns).astype(np.float32, copy=False)
        return range(before, columns)

    def store(self, command: Execute, result: BlockResult) -> None:
        """Write a block's verdicts into the matrices, or note who passed a canary."""
        place = np.ix_(command.rows, command.columns)
        self.recycled.update([result.recycled] if result.recycled else [])
        if command.kind == "canaries":
            caught = (result.outcomes == Outcome.PASSED).any(axis=1)
            self.tampered.update(row for row, passed in zip(command.rows, caught, strict=True) if passed)
            return
        if command.kind == "examples":
            self.examples[place] = result.outcomes
            self.example_s[place] = result.cpu_s
            return
        self.decided += result.decided
        self.reruns += result.reruns
        self.flips += result.flips
        self.endless += result.endless
        if command.kind == "checks":
            self.checks[place] = result.outcomes
            return
        self.details |= {(command.rows[i], command.columns[j]): text for (i, j), text in result.details.items()}
        self.outcomes[place] = result.outcomes
        self.cpu_s[place] = result.cpu_s
        self.grading[place] = result.grading

    def running(self, *kinds: BlockKind, columns: range | None = None) -> bool:
        """Whether blocks of these kinds (that hold any of these columns) are not answered yet."""
        open_blocks = [command for command in self.pending.values() if isinstance(command, Execute) and command.kind in kinds]
        return any(columns is None or command.columns[0] in columns for command in open_blocks)

    def due_for_canaries(self) -> list[tuple[list[int], tuple[str, ...]]]:
        """Return programs and the canaries they must meet now: those that passed a test of a batch which is answered as a whole.

        Batches are taken in order, so that the same programs meet the same canaries whatever was answered first.
        """
        due = []
        while self.batches and not self.running("tests", columns=self.batches[0][0]):
            columns, canaries = self.batches.pop(0)
            passing = (self.outcomes[:, columns.start : columns.stop] == Outcome.PASSED).any(axis=1)
            rows = [int(row) for row in np.flatnonzero(passing) if int(row) not in self.met]
            self.met.update(rows if canaries else [])
            due += [(rows, canaries)] if rows and canaries else []
        return due

    def fill_decided(self, grading: int) -> None:
        """With waves: give the cells that the row rule would decide in a full run the verdict it gives, run or not.

        Cells that it may not be through with are emptied, to be run again.
        """
        assert self.waves is not None
        cells = self.waves.decided(self.outcomes)
        self.decided += int(np.count_nonzero(cells & (self.outcomes == Outcome.LOST)))
        self.grading[cells & (self.outcomes == Outcome.LOST)] = grading
        self.cpu_s[cells] = 0.0
        self.outcomes[cells] = Outcome.TIMEOUT
        self.outcomes[self.waves.reopen(self.outcomes)] = Outcome.LOST

    def observation(self, survey: bool) -> Observation:
        """What this pass showed: features after a survey, else how the usable candidates did on the tests run so far."""
        places = np.array(self.programs.places, np.intp)
        rows = places[places >= 0]
        outcomes = self.outcomes.copy()
        outcomes[list(self.tampered)] = Outcome.TAMPERED
        passed = outcomes[rows][:, np.array(self.unit_tests.places, np.intp)] == Outcome.PASSED
        cheap, known = np.zeros(0, np.float32), np.zeros(0)
        if survey:
            observed = self._observed(places)
            cheap = cheap_features(observed)
            known = survey_features(observed.programs, self.problem.question, observed.examples)
        typical = sum(map(len, self.programs.texts)) // max(len(self.programs.texts), 1)
        return Observation(
            self.index,
            self.problem.task_id,
            len(rows),
            cheap,
            self.states,
            known,
            passed,
            tokens=self.test_tokens,
            cpu_s=float(self.cpu_s.sum(dtype=np.float64)),
            distinct=len(self.programs.texts),
            shown_chars=len(self.problem.question) + typical,
            example_s=float(self.example_s.mean()) if self.example_s.size else 0.0,
        )

    def _observed(self, places: npt.NDArray[np.intp]) -> Observed:
        examples = np.zeros((len(places), self.examples.shape[1]), np.bool_)
        examples[places >= 0] = self.examples[places[places >= 0]] == Outcome.PASSED
        return Observed(self.problem, tuple(self.candidates), examples)

    def result(self) -> ProblemResult:
        """Freeze what is known."""
        generations = {} if self.given_programs else {"policy": tuple(self.candidates)}
        if self.written:
            generations["coderm"] = tuple(self.written)
        return ProblemResult(
            index=self.index,
            problem=self.problem,
            candidates=tuple(self.candidates),
            program_of=np.array(self.programs.places, np.int32),
            programs=tuple(self.programs.texts),
            tests=tuple(self.tests),
            test_of=np.array(self.unit_tests.places, np.int32),
            unit_tests=tuple(self.unit_tests.texts),
            outcomes=self.outcomes,
            cpu_s=self.cpu_s,
            grading=self.grading,
            checks=self.checks,
            examples=self.examples,
            decided=self.decided,
            details=self.details,
            units=self.units,
            rounds=tuple(np.diff([0, *self.targets]).tolist()),
            asked=self.asked,
            rejected=dict(self.rejected),
            tokens=dict(self.tokens),
            lost=tuple(self.lost),
            reruns=self.reruns,
            flips=self.flips,
            endless=self.endless,
            recycled=dict(self.recycled),
            canaries=len(self.canaries),
            skipped=int(np.count_nonzero(self.outcomes == Outcome.LOST)) if self.waves and not self.waves.whole else 0,
            tampered=tuple(sorted(self.tampered)),
            generations=generations,
        )
