"""What the scheduler remembers of one problem while it is in work; turned into a ProblemResult at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coderm.budget.features.survey import survey_features
from coderm.extract.programs.prelude import runnable
from coderm.messages.events import Ask, BlockKind, Execute
from coderm.messages.execution import BlockResult, Outcome
from coderm.messages.generation import Role
from coderm.messages.observations import Observation
from coderm.messages.problem import Problem
from coderm.messages.results import ProblemResult
from coderm.messages.samples import Sample
from coderm.probe.features.cheap import cheap_features
from coderm.scheduling.distinct import Distinct
from coderm.selection.early_stop import Waves
from coderm.selection.observed import Observed, example_passes
from coderm.selection.pass_matrix import settled


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
    check_details: dict[tuple[int, int], str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    outcomes: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    cpu_s: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    grading: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    checks: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    check_grading: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((0, 0), np.int8))
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
        self.check_grading = np.zeros(self.checks.shape, np.int8)
        self.examples = np.zeros((rows, len(self.problem.examples)), np.int8)
        self.example_s = np.zeros(self.examples.shape, np.float32)

    def take_tests(self, samples: Sequence[Sample], wanted: int, *, keep_doubles: bool) -> range:
        """Store usable tests up to `wanted`; return the places of the new unique ones.

        Doubles of generated tests are dropped and counted; doubles the user gave keep their place and their vote. The unique ones
        are put into an order that depends on nothing but their texts: the row rule, and canaries, do not see the order given.
        """
        before = len(self.unit_tests.texts)
        taken: list[Sample] = []
        keys = set(self.unit_tests.seen)
        for sample in samples:
            if sample.rejected or len(self.tests) + len(taken) >= wanted:
                continue
            if not keep_doubles and sample.key in keys:
                self.rejected["coderm:duplicate"] += 1
                continue
            keys.add(sample.key)
            taken.append(sample)
        self.tests += taken
        self.unit_tests.extend(taken)
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
        self.reruns += result.reruns
        self.flips += result.flips
        self.endless += result.endless
        told = {(command.rows[i], command.columns[j]): text for (i, j), text in result.details.items()}
        if command.kind == "checks":
            self.checks[place] = result.outcomes
            self.check_grading[place] = result.grading
            self.check_details |= told
            return
        self.details |= told
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

    def fill_left_out(self, grading: int) -> None:
        """With waves: leave out the cells that the row rule would leave out in a full run, run or not."""
        assert self.waves is not None
        cells = self.waves.left_out(self.outcomes)
        self.grading[cells & (self.outcomes == Outcome.LOST)] = grading
        self.cpu_s[cells] = 0.0
        self.outcomes[cells] = Outcome.LEFT_OUT

    def observation(self, survey: bool) -> Observation:
        """What this pass showed: features after a survey, else how those candidates that vote did on the tests so far."""
        places = np.array(self.programs.places, np.intp)
        rows = places[places >= 0]
        outcomes = self.outcomes.copy()
        outcomes[list(self.tampered)] = Outcome.TAMPERED
        cells = outcomes[rows][:, np.array(self.unit_tests.places, np.intp)]
        passed = cells[np.ix_(*settled(cells))] == Outcome.PASSED
        cheap, known = np.zeros(0, np.float32), np.zeros(0)
        if survey:
            observed = self._observed(places)
            cheap = cheap_features(observed)
            known = survey_features(observed)
        typical = sum(map(len, self.programs.texts)) // max(len(self.programs.texts), 1)
        return Observation(
            self.index,
            self.problem.task_id,
            len(rows),
            cheap,
            self.states,
            known,
            cells.shape[1],
            passed,
            tokens=self.test_tokens,
            cpu_s=float(self.cpu_s.sum(dtype=np.float64)),
            distinct=len(self.programs.texts),
            shown_chars=len(self.problem.question) + typical,
            example_s=float(self.example_s.mean()) if self.example_s.size else 0.0,
        )

    def _observed(self, places: npt.NDArray[np.intp]) -> Observed:
        return Observed(self.problem, tuple(self.candidates), example_passes(self.examples, places))

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
            check_grading=self.check_grading,
            examples=self.examples,
            details=self.details,
            check_details=self.check_details,
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
