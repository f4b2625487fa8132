"""Runs every program of a subject against every test, through the scorer, and groups the outcomes."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from coderm.arrays import FloatArray, IndexArray, OutcomeArray
from coderm.audit.probes.witnesses import derived_inputs, witness_program, witness_tests
from coderm.audit.subject import Subject
from coderm.config.schema import SandboxConfig
from coderm.extract.syntax.entry import entry_of
from coderm.messages.execution import Limits, Outcome
from coderm.messages.hashing import content_hash
from coderm.messages.problem import Problem
from coderm.messages.scoring import ScoreRequest, ScoreSettings, Suite, UnitTests
from coderm.problems.suite import examples_of
from coderm.quality.columns import failed
from coderm.quality.verdicts import Verdicts
from coderm.scheduling.blocks import limits_of
from coderm.scoring.board import Cell
from coderm.scoring.cache.base import ResultCache
from coderm.scoring.scorer import Scorer

TIMES = 5
"""A mutant that takes so many times what its reference took loops; mutation testers take 2 to 10."""
LEAST_CPU_S = 0.25
"""Below this a limit would judge the interpreter's start."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Outcomes by group of programs, int8, one row a program and one column a test; reference has one row or none.

    cpu_s: (M,) CPU seconds of the reference, without one the mean over candidates.
    """

    reference: OutcomeArray
    candidates: OutcomeArray
    mutants: OutcomeArray
    probes: OutcomeArray
    cpu_s: FloatArray

    @property
    def everybody(self) -> OutcomeArray:
        """All rows, in the order of the groups."""
        return np.concatenate([self.reference, self.candidates, self.mutants, self.probes])

    def columns(self, which: slice) -> "Groups":
        """Return some of the columns."""
        reference, candidates, mutants, probes = (
            cells[:, which] for cells in (self.reference, self.candidates, self.mutants, self.probes)
        )
        return Groups(reference, candidates, mutants, probes, self.cpu_s[which])


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the tests made of a subject.

    tests: texts of the columns. test_of: which whole test each is of. split: whether they are parts. reruns: (R, 1 + N, M) of
    reference and candidates in each run. examples: (E,) what the reference makes of the shown examples. witnesses: by place of a
    probe that passed, an input as text on which it differs from the reference; empty: none was found.
    """

    subject: Subject
    tests: tuple[str, ...]
    test_of: tuple[int, ...]
    split: bool
    groups: Groups
    reruns: OutcomeArray
    examples: OutcomeArray
    witnesses: Mapping[int, str] = field(default_factory=dict)

    @property
    def sound(self) -> IndexArray:
        """Columns whose test is not known to be wrong: all but those that the reference does not pass."""
        return np.flatnonzero(~failed(self.groups.reference).any(axis=0))


class RunCache:
    """The cache as one of several runs sees it, so that each run of a pair is kept for itself."""

    def __init__(self, cache: ResultCache, run: int) -> None:
        self._cache = cache
        self._salt = f"run {run}"

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Cell]:
        """See ResultCache.get."""
        own = {self._key(key): key for key in keys}
        return {own[key]: cell for key, cell in self._cache.get(list(own)).items()}

    def put(self, cells: Mapping[bytes, Cell]) -> None:
        """See ResultCache.put."""
        self._cache.put({self._key(key): cell for key, cell in cells.items()})

    def close(self) -> None:
        """The cache belongs to others."""

    def _key(self, key: bytes) -> bytes:
        return bytes.fromhex(content_hash(self._salt, key.hex()))[:16]


@dataclass(frozen=True, slots=True)
class Judge:
    """scorers: one for each run, of one environment. own: whether tests are the problems' own, whose limits are a benchmark's."""

    scorers: tuple[Scorer, ...]
    box: SandboxConfig
    own: bool = True

    async def judge(self, subject: Subject) -> Judged:
        """Run everything that an audit of this subject needs."""
        whole = len(subject.suite)
        columns = UnitTests((*subject.texts, *subject.parts)) if subject.parts else subject.suite
        groups = await self.outcomes(subject, columns)
        cells = groups.everybody
        apart = bool(subject.parts) and parts_agree(cells[:, :whole], cells[:, whole:], subject.part_of)
        judged = _judged(subject, groups.columns(slice(whole, None) if apart else slice(whole)), apart)
        witnesses = await self._witnesses(subject, judged)
        return replace(judged, reruns=await self._reruns(judged), witnesses=witnesses, examples=await self._examples(subject))

    async def _examples(self, subject: Subject) -> OutcomeArray:
        shown = examples_of(subject.problem)
        reference = (subject.reference,) if subject.reference else ()
        cells, _ = await self._matrix(subject.problem, reference, shown, self.scorers[0], self._limits(subject.problem))
        return np.asarray(cells.reshape(-1)[: len(shown)], np.int8)

    async def outcomes(self, subject: Subject, suite: Suite, *, made: bool = True) -> Groups:
        """Run a suite on the programs of a subject; made: also on what was made of its reference.

        What was made of the reference needs little more time than it, or loops.
        """
        scorer, problem, limits = self.scorers[0], subject.problem, self._limits(subject.problem)
        reference = (subject.reference,) if subject.reference else ()
        right, cpu_s = await self._matrix(problem, reference, suite, scorer, limits)
        enough = _enough(float(cpu_s.max(initial=0.0)), limits.cpu_s)
        tight = replace(limits, cpu_s=enough, row_timeouts=1, borderline=0.0) if reference else limits
        given = tuple(one.text for one in subject.candidates)
        texts = (*(one.text for one in subject.mutants), *(one.text for one in subject.probes)) if made else ()
        (others, spent), (ours, _) = await asyncio.gather(
            self._matrix(problem, given, suite, scorer, limits, self.box.canaries),
            self._matrix(problem, texts, suite, scorer, tight),
        )
        mutants, probes = np.split(ours, [len(subject.mutants)])
        return Groups(right, others, mutants, probes, cpu_s if reference else spent)

    async def _reruns(self, judged: Judged) -> OutcomeArray:
        """Run reference and candidates again; the first run is the one that is there."""
        subject = judged.subject
        runs = [np.concatenate([judged.groups.reference, judged.groups.candidates])]
        programs = ((subject.reference,) if subject.reference else ()) + tuple(one.text for one in subject.candidates)
        suite = UnitTests(judged.tests) if judged.split else subject.suite
        for scorer in self.scorers[1:]:
            limits = self._limits(subject.problem)
            runs.append((await self._matrix(subject.problem, programs, suite, scorer, limits, self.box.canaries))[0])
        return np.stack(runs)

    async def _witnesses(self, subject: Subject, judged: Judged) -> dict[int, str]:
        """Look for inputs on which probes that passed every test, and read only a part, differ from the reference."""
        passed = Verdicts.of(judged.groups.probes[:, judged.sound]).accepted
        places = [place for place in np.flatnonzero(passed).tolist() if subject.probes[place].kind == "partial"]
        if not places or subject.problem.cases is not None:
            return {}
        entry = entry_of(subject.problem)
        inputs = derived_inputs((*subject.texts, *subject.problem.examples), entry.name)
        if not inputs:
            return dict.fromkeys(places, "")
        programs = tuple(witness_program(subject.probes[place], entry, inputs) for place in places)
        tests = UnitTests(witness_tests(inputs))
        limits = replace(self._limits(subject.problem), row_timeouts=0)
        cells, _ = await self._matrix(subject.problem, programs, tests, self.scorers[0], limits)
        differs = cells == Outcome.FAILED
        return {
            place: ", ".join(map(repr, inputs[int(np.argmax(row))])) if row.any() else ""
            for place, row in zip(places, differs, strict=True)
        }

    async def _matrix(
        self, problem: Problem, programs: tuple[str, ...], suite: Suite, scorer: Scorer, limits: Limits, canaries: int = 0
    ) -> tuple[OutcomeArray, FloatArray]:
        """Return (N, M) outcomes and (M,) mean CPU seconds; who passed a canary is TAMPERED throughout."""
        if not programs or not len(suite):
            return np.zeros((len(programs), len(suite)), np.int8), np.zeros(len(suite))
        settings = ScoreSettings(limits, self.box.grading, self.box.fallback, canaries=canaries)
        found = await scorer.score_all(ScoreRequest(problem.task_id, programs, suite, settings))
        rows = [[Outcome.TAMPERED] * len(suite) if verdict.tampered else verdict.outcomes for verdict in found]
        return np.array(rows, np.int8), np.mean([verdict.cpu_s for verdict in found], axis=0)

    def _limits(self, problem: Problem) -> Limits:
        return limits_of(problem, self.box, "checks" if self.own else "tests")


def _enough(cpu_s: float, most_s: float) -> float:
    """Return TIMES what the right program took, in steps that a second run meets again, within the limit."""
    doublings = math.ceil(math.log2(max(1.0, TIMES * cpu_s / LEAST_CPU_S)))
    return min(most_s, LEAST_CPU_S * float(2**doublings))


def parts_agree(whole: OutcomeArray, parts: OutcomeArray, part_of: Sequence[int]) -> bool:
    """Whether (N, P) parts say what (N, W) whole tests say: passed iff every part is passed, wherever both are known."""
    owner = np.array(part_of)
    for place in range(whole.shape[1]):
        judged, said = Verdicts.of(whole[:, [place]]), Verdicts.of(parts[:, owner == place])
        if ((judged.accepted & said.rejected) | (judged.rejected & said.accepted)).any():
            return False
    return True


def _judged(subject: Subject, groups: Groups, apart: bool) -> Judged:
    tests = subject.parts if apart else subject.texts
    test_of = subject.part_of if apart else tuple(range(len(tests)))
    nothing = np.zeros((1, 0, len(tests)), np.int8)
    return Judged(subject, tests, test_of, apart, groups, nothing, nothing.reshape(-1))
