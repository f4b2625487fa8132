"""What the outcomes of one problem say about its tests: pure, from a judged subject to findings."""

from dataclasses import dataclass, field

import numpy as np

from coderm.arrays import BoolArray, OutcomeArray
from coderm.audit.judging import Judged
from coderm.audit.probes import LeakProbe
from coderm.extract.syntax.normalise import verbatim_key
from coderm.messages.execution import Outcome
from coderm.quality.accepted_wrong import AcceptedWrong, by_labels, by_mutants, by_unseen
from coderm.quality.columns import failed, not_passed, passes_everything, passes_nothing, twins, unsteady
from coderm.quality.covering import SmallestSuite, keeps_verdicts, smallest_suite
from coderm.quality.verdicts import Verdicts, signal

Places = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """A probe that passes every test. witness: an input on which it differs from the reference; empty for none, or none needed."""

    kind: str
    told: str
    witness: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ProblemAudit:
    """Findings of one problem; places count tests from 0, parts where `split`.

    reference: whether a right program is known, without which no test is known to be wrong. wrong_examples: places among the
    examples that the question shows. equal: groups of tests of one text; twins: of tests that part the same programs. leaks are
    certain; suspected are probes for which no input was found that tells them from the reference, so that the part may be of no
    consequence. rate: share of the candidates that the suite accepts, NaN without any. signal: chance that a group of candidates
    holds both kinds. survivors: (kind, line) of mutants that were accepted. lost: pairs without verdict for want of a sandbox.
    """

    task_id: str
    tests: int
    split: bool
    reference: bool
    candidates: int
    mutants: int
    probes: int
    everything: Places
    nothing: Places
    wrong: Places
    wrong_examples: Places
    unsteady: Places
    equal: tuple[Places, ...]
    twins: tuple[Places, ...]
    leaks: tuple[Leak, ...]
    suspected: tuple[Leak, ...]
    rate: float
    signal: float
    survivors: tuple[tuple[str, int], ...]
    smallest: SmallestSuite
    proved: bool
    lost: int
    accepted_wrong: dict[str, AcceptedWrong] = field(default_factory=dict)

    @property
    def too_easy(self) -> bool:
        """Whether every candidate is accepted, so that none tells another from it."""
        return self.rate == 1

    @property
    def too_hard(self) -> bool:
        """Whether no candidate is accepted."""
        return self.rate == 0


def audit(judged: Judged, group: int) -> ProblemAudit:
    """Return the findings. group: candidates that a trainer compares with each other."""
    subject, everybody = judged.subject, judged.groups.everybody
    wrong = not_passed(judged.groups.reference[0]) if len(judged.groups.reference) else np.zeros(0, np.intp)
    sound = judged.sound
    leaks, suspected = _leaks(judged)
    rate = _rate(judged)
    smallest = smallest_suite(everybody)
    survive = Verdicts.of(judged.groups.mutants[:, sound]).accepted
    return ProblemAudit(
        task_id=subject.problem.task_id,
        tests=len(judged.tests),
        split=judged.split,
        reference=bool(subject.reference),
        candidates=sum(one.weight for one in subject.candidates),
        mutants=len(subject.mutants),
        probes=len(subject.probes),
        everything=_places(passes_everything(everybody)),
        nothing=_places(passes_nothing(everybody)),
        wrong=_places(wrong),
        wrong_examples=_places(not_passed(judged.examples)),
        unsteady=_places(np.flatnonzero(unsteady(judged.reruns).any(axis=0))) if len(judged.reruns) > 1 else (),
        equal=_equal(judged.tests),
        twins=twins(everybody),
        leaks=leaks,
        suspected=suspected,
        rate=rate,
        signal=signal(rate, group),
        survivors=tuple((subject.mutants[k].kind, subject.mutants[k].line) for k in np.flatnonzero(survive).tolist()),
        smallest=smallest,
        proved=keeps_verdicts(everybody, smallest.kept),
        lost=int((everybody == Outcome.LOST).sum()),
        accepted_wrong=_estimates(judged, sound),
    )


def _places(found: np.ndarray) -> Places:
    return tuple(found.tolist())


def _rate(judged: Judged) -> float:
    verdicts = Verdicts.of(judged.groups.candidates)
    weights = np.array([one.weight for one in judged.subject.candidates], np.float64)
    known = verdicts.accepted | verdicts.rejected
    return float(weights[verdicts.accepted].sum() / weights[known].sum()) if known.any() else float("nan")


def _leaks(judged: Judged) -> tuple[tuple[Leak, ...], tuple[Leak, ...]]:
    """Return the certain leaks and the suspected ones."""
    certain: list[Leak] = []
    suspected: list[Leak] = []
    for place in np.flatnonzero(Verdicts.of(judged.groups.probes[:, judged.sound]).accepted).tolist():
        probe: LeakProbe = judged.subject.probes[place]
        leak = Leak(probe.kind, probe.told, judged.witnesses.get(place, ""))
        (certain if probe.kind != "partial" or leak.witness else suspected).append(leak)
    return tuple(certain), tuple(suspected)


def _equal(tests: tuple[str, ...]) -> tuple[Places, ...]:
    groups: dict[str, list[int]] = {}
    for place, text in enumerate(tests):
        groups.setdefault(verbatim_key(text), []).append(place)
    return tuple(tuple(places) for places in groups.values() if len(places) > 1)


def _estimates(judged: Judged, sound: np.ndarray) -> dict[str, AcceptedWrong]:
    """Estimate the wrong programs accepted by the tests that are not wrong, by every way for which something is known."""
    verdicts = Verdicts.of(judged.groups.candidates[:, sound])
    known = verdicts.accepted | verdicts.rejected
    labels = [one.correct for one in judged.subject.candidates]
    labelled = known & np.array([label is not None for label in labels], np.bool_)
    correct: BoolArray = np.array([bool(label) for label in labels], np.bool_)
    mutants = Verdicts.of(judged.groups.mutants[:, sound])
    found = {
        "labels": by_labels(verdicts.accepted[labelled], correct[labelled]),
        "mutants": by_mutants(mutants.accepted[mutants.accepted | mutants.rejected]),
        "unseen": by_unseen(_rejections(judged.groups.candidates[:, sound], verdicts), int(verdicts.accepted.sum())),
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def _rejections(outcomes: OutcomeArray, verdicts: Verdicts) -> BoolArray:
    return failed(outcomes[verdicts.rejected])
