"""A finished problem as its readers need it: the pass matrix fanned out to candidates and tests, labels, choices."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, IndexArray
from coderm.config.schema import COUNTING_RULES
from coderm.errors import DataError
from coderm.extract.syntax.parsing import compiles
from coderm.messages.execution import GRADINGS, NO_VERDICT, Outcome
from coderm.messages.hashing import content_hash
from coderm.messages.results import ProblemResult
from coderm.selection.base import Rule, Selection, select, select_matrix
from coderm.selection.observed import best_on_examples, example_passes
from coderm.selection.pass_matrix import PassMatrix, contenders


@dataclass(frozen=True)
class FinishedProblem:
    """Views of one result. Rows of `matrix` are the usable candidates; `positions` tells which of the N they are."""

    result: ProblemResult
    _selections: dict[tuple[Rule, bool], Selection] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def positions(self) -> IndexArray:
        """(K,) positions of the usable candidates among all N."""
        return np.flatnonzero(self.result.program_of >= 0)

    @cached_property
    def matrix(self) -> PassMatrix:
        """(K, M) outcomes, duplicates fanned out; the whole row of who passed a canary is TAMPERED."""
        result = self.result
        programs, tests = (tuple(map(content_hash, texts)) for texts in (result.programs, result.unit_tests))
        outcomes = result.outcomes.copy()
        outcomes[list(result.tampered)] = Outcome.TAMPERED
        unique = PassMatrix(outcomes, result.cpu_s, result.grading, programs, tests)
        return unique.take(result.program_of[self.positions].astype(np.intp), result.unit_test_of.astype(np.intp))

    @cached_property
    def labelled(self) -> bool:
        """Whether it is known of every candidate if it is correct: there are checks, and all were passed, or one failed."""
        checks = self.result.checks
        unknown = np.isin(checks, NO_VERDICT)
        failed = ((checks != Outcome.PASSED) & ~unknown).any(axis=1)
        in_doubt = unknown.any(axis=1) & ~failed
        return self.result.problem.judged and bool(self.result.candidates) and not in_doubt.any()

    @cached_property
    def correct(self) -> npt.NDArray[np.bool_]:
        """(N,) True iff a candidate passes every check; a rejected one is wrong."""
        labels = np.zeros(len(self.result.candidates), np.bool_)
        passed = (self.result.checks == Outcome.PASSED).all(axis=1)
        labels[self.positions] = passed[self.result.program_of[self.positions]]
        return labels

    @cached_property
    def examples(self) -> npt.NDArray[np.bool_] | None:
        """(N, E) True where a candidate passes a visible example with verdicts; None where the problem has none."""
        return example_passes(self.result.examples, self.result.program_of) if self.result.examples.shape[1] else None

    @cached_property
    def caseless(self) -> int:
        """Tests, by position, that hold no case: no Python, or `no_tests` for some program and passed by none."""
        outcomes = self.result.outcomes
        empty = (outcomes == Outcome.NO_TESTS).any(axis=0) & ~(outcomes == Outcome.PASSED).any(axis=0)
        broken = np.array([compiles(text) is not None for text in self.result.unit_tests], np.bool_)
        return int((empty | broken)[self.result.unit_test_of].sum())

    def verdicts(self) -> list[str]:
        """Per candidate: `passed`, or what its first check that it did not pass ended with, or why it was rejected."""
        return [self._verdict(place, sample.rejected) for place, sample in enumerate(self.result.candidates)]

    def _verdict(self, place: int, rejected: str) -> str:
        if rejected:
            return rejected
        checks = self.result.checks[self.result.program_of[place]]
        missed = sorted(checks[checks != Outcome.PASSED], key=lambda code: code in NO_VERDICT)  # stable: a real verdict first
        return Outcome(int(missed[0])).label if missed else Outcome.PASSED.label

    @cached_property
    def best_on_examples(self) -> IndexArray:
        """Rows of `matrix` that pass the most visible examples, who passed a canary last; all where nothing tells them apart."""
        programs = self.result.program_of[self.positions]
        return best_on_examples(example_passes(self.result.examples, programs), np.isin(programs, self.result.tampered))

    def judged(self, rows: IndexArray) -> tuple[BoolArray, npt.NDArray[np.bool_]]:
        """Return passes and labels of those of these rows of `matrix` that can be judged, without lost cells."""
        matrix, judged = self.matrix.take(rows, np.arange(len(self.matrix.tests))).without_lost()
        return matrix.passed, self.correct[self.positions[rows[judged]]]

    def select(self, rule: Rule, *, examples: bool = False) -> Selection:
        """Apply a rule, with `examples` to the rows of `best_on_examples` alone; positions refer to rows of `matrix`.

        Each rule is applied once, however many readers ask. Pairs that early stopping skipped count as not passed, which is exact
        for the rules it allows; for others it raises DataError.
        """
        key = rule, examples
        if key not in self._selections:
            self._selections[key] = self._select(rule, examples=examples)
        return self._selections[key]

    def _select(self, rule: Rule, *, examples: bool) -> Selection:
        if examples:
            return self._among(self.best_on_examples, rule)
        if not self.result.skipped:
            return select_matrix(rule, self.matrix)
        if rule.name not in COUNTING_RULES:
            raise DataError(f"{self.result.problem.task_id}: {rule.name} needs every pair, and early stopping left some out")
        rows = contenders(self.matrix.outcomes)
        return self._spread(rows, select(rule, self.matrix.passed[rows]))

    def _among(self, rows: IndexArray, rule: Rule) -> Selection:
        return self._spread(rows, select_matrix(rule, self.matrix.take(rows, np.arange(len(self.matrix.tests)))))

    def _spread(self, rows: IndexArray, part: Selection) -> Selection:
        """Turn a choice among these rows into one among all."""
        scores = np.full(len(self.positions), np.nan)
        scores[rows] = part.scores
        return Selection(rows[part.kept], scores)

    def counts(self) -> dict[str, int]:
        """Pairs by outcome; those that early stopping skipped are none."""
        found = {label: count for label, count in self.matrix.counts().items() if count}
        if self.result.skipped:
            found.pop(Outcome.LOST.label, None)
        return found

    def gradings(self) -> dict[str, int]:
        """Pairs of the matrix with a verdict, by the grading that decided."""
        return _by_grading(self.matrix.grading[self.matrix.known])

    def check_gradings(self) -> dict[str, int]:
        """Verdicts of hidden checks on unique programs, by the grading that decided."""
        checks, grading = self.result.checks, self.result.check_grading
        return _by_grading(grading[~np.isin(checks, NO_VERDICT)]) if grading.shape == checks.shape else {}

    def score(self, selection: Selection) -> float:
        """Fraction of kept candidates that are correct; 0 without a usable candidate."""
        return selection.fraction_correct(self.correct[self.positions])


def _by_grading(codes: npt.NDArray[np.int8]) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(GRADINGS))
    return {name: int(count) for name, count in zip(GRADINGS, counts, strict=True) if count}
