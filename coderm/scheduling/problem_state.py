"""What the scheduler remembers of one problem while it is in work; turned into a ProblemResult at the end."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coderm.budget.features.survey import survey_features
from coderm.extract.programs.prelude import runnable
from coderm.messages.events import Ask, BlockKind, Execute
from coderm.messages.execution import Outcome
from coderm.messages.generation import Role
from coderm.messages.observations import Observation
from coderm.messages.problem import Problem
from coderm.messages.results import ProblemResult
from coderm.messages.samples import Sample
from coderm.probe.features.cheap import cheap_features
from coderm.scheduling.distinct import Distinct
from coderm.scheduling.verdict_table import VerdictTable
from coderm.selection.early_stop import Waves
from coderm.selection.observed import Observed, example_passes
from coderm.selection.pass_matrix import judged


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
    canaries: tuple[str, ...] = ()
    batches: list[tuple[range, tuple[str, ...]]] = field(default_factory=list)
    met_canaries: set[int] = field(default_factory=set)
    waves: Waves | None = None
    lost: list[str] = field(default_factory=list)
    verdicts: VerdictTable = field(default_factory=VerdictTable)
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
    def writer_tokens(self) -> int:
        """Tokens of the test writer so far."""
        return self.tokens["coderm"] + self.tokens["coderm_prompt"]

    def note(self, role: Role, samples: Sequence[Sample], prompt_tokens: int) -> None:
        """Count tokens and rejections of freshly written samples."""
        self.tokens[f"{role}_prompt"] += prompt_tokens
        self.tokens[role] += sum(sample.tokens for sample in samples)
        if rejected := [f"{role}:{sample.rejected}" for sample in samples if sample.rejected]:
            self.rejected.update(rejected)

    def take_candidates(self, samples: Sequence[Sample]) -> None:
        """Store the candidates and size the matrices."""
        self.candidates = list(samples)
        for sample in samples:
            self.programs.add(sample)
        self.runnable = [runnable(text, self.problem) for text in self.programs.texts]
        self.verdicts = VerdictTable.sized(len(self.programs.texts), len(self.problem.hidden), len(self.problem.shown))

    def take_tests(self, samples: Sequence[Sample], wanted: int, *, keep_doubles: bool) -> range:
        """Store usable tests up to `wanted`; return the places of the new unique ones.

        Doubles of generated tests are dropped and counted; doubles the user gave keep their place and their vote. The unique ones
        are put into an order that depends on nothing but their texts: the row rule, and canaries, do not see the order given.
        """
        before = len(self.unit_tests.texts)
        taken: list[Sample] = []
        keys = set(self.unit_tests.seen)
        for sample in itertools.chain.from_iterable(text.parts() for text in samples):
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
        self.verdicts.widen(columns)
        return range(before, columns)

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
            rows = [row for row in self.verdicts.passing(columns) if row not in self.met_canaries]
            self.met_canaries.update(rows if canaries else [])
            due += [(rows, canaries)] if rows and canaries else []
        return due

    def fill_left_out(self, grading: int) -> None:
        """With waves: leave out the cells that the row rule would leave out in a full run, run or not."""
        assert self.waves is not None
        self.verdicts.leave_out(self.waves.left_out(self.verdicts.outcomes), grading)

    def observation(self, survey: bool) -> Observation:
        """What this pass showed: features after a survey, else how those candidates that vote did on the tests so far."""
        places = np.array(self.programs.places, np.intp)
        rows = places[places >= 0]
        cells = self.verdicts.spread(rows, self.unit_tests.places)
        passed = cells[np.ix_(*judged(cells))] == Outcome.PASSED
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
            tokens=self.writer_tokens,
            cpu_s=float(self.verdicts.cpu_s.sum(dtype=np.float64)),
            distinct=len(self.programs.texts),
            shown_chars=len(self.problem.question) + typical,
            example_s=float(self.verdicts.example_s.mean()) if self.verdicts.example_s.size else 0.0,
        )

    def _observed(self, places: npt.NDArray[np.intp]) -> Observed:
        return Observed(self.problem, tuple(self.candidates), example_passes(self.verdicts.examples, places))

    def result(self) -> ProblemResult:
        """Freeze what is known."""
        verdicts = self.verdicts
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
            unit_test_of=np.array(self.unit_tests.places, np.int32),
            unit_tests=tuple(self.unit_tests.texts),
            outcomes=verdicts.outcomes,
            cpu_s=verdicts.cpu_s,
            grading=verdicts.grading,
            checks=verdicts.checks,
            check_grading=verdicts.check_grading,
            examples=verdicts.examples,
            details=verdicts.details,
            check_details=verdicts.check_details,
            units=self.units,
            rounds=tuple(np.diff([0, *self.targets]).tolist()),
            asked=self.asked,
            rejected=dict(self.rejected),
            tokens=dict(self.tokens),
            lost=tuple(self.lost),
            reruns=verdicts.reruns,
            flips=verdicts.flips,
            endless=verdicts.endless,
            recycled=dict(verdicts.recycled),
            canaries=len(self.canaries),
            skipped=verdicts.lost() if self.waves and not self.waves.whole else 0,
            tampered=tuple(sorted(verdicts.tampered)),
            generations=generations,
        )
