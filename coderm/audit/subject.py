"""One problem under audit: its tests, taken apart where that is asked for, and the programs they are shown.

Which programs, and what is known of each, by group: the reference is right, mutants and probes are wrong by construction, and of a
candidate only a given label says anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coderm.audit.probes import LeakProbe, leak_probes
from coderm.audit.splitting import split
from coderm.errors import DataError
from coderm.extract.programs.prelude import runnable
from coderm.messages.problem import Problem
from coderm.messages.scoring import Suite, UnitTests
from coderm.mutants import Mutant, make_mutants
from coderm.problems.suite import given_suite, suite_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an audit does. mutants: most of each reference. parts: whether tests are taken apart. runs: how often a pair is run."""

    mutants: int = 32
    parts: bool = True
    runs: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A distinct program. weight: how many of those given it stands for. correct: its label; None: unknown."""

    text: str
    weight: int = 1
    correct: bool | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """suite: W tests as they are. parts: P texts, each of the test `part_of` says; empty where nothing is taken apart.

    reference: as it runs; empty: none. rejected: candidates without code.
    """

    problem: Problem
    suite: Suite
    parts: tuple[str, ...] = ()
    part_of: tuple[int, ...] = ()
    reference: str = ""
    candidates: tuple[Candidate, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    probes: tuple[LeakProbe, ...] = ()
    rejected: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """The whole tests as texts."""
        return self.suite.tests if isinstance(self.suite, UnitTests) else self.problem.hidden


def make_subject(
    problem: Problem, wanted: Wanted, tests: Sequence[str] | None, programs: Sequence[str], labels: Sequence[bool] | None
) -> Subject:
    """Gather what is shown to the tests of a problem. tests: in place of the problem's own. labels: one for each program.

    Raises DataError for labels that do not fit the programs.
    """
    if labels is not None and len(labels) != len(programs):
        raise DataError(f"{problem.task_id}: {len(labels)} labels for {len(programs)} candidates; give one each")
    suite = suite_of(problem) if tests is None else given_suite(tests, problem)
    parts, part_of = _parts(suite) if wanted.parts else ((), ())
    reference = runnable(problem.reference, problem) if problem.reference.strip() else ""
    texts = suite.tests if isinstance(suite, UnitTests) else problem.hidden
    return Subject(
        problem,
        suite,
        parts,
        part_of,
        reference,
        _distinct(problem, programs, labels),
        make_mutants(reference, wanted.mutants, wanted.seed) if reference else (),
        leak_probes(problem, texts, reference) if len(suite) else (),
        sum(not text.strip() for text in programs),
    )


def _parts(suite: Suite) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Take the tests apart; nothing where each has one part, or for cases, which are parts already."""
    if not isinstance(suite, UnitTests):
        return (), ()
    found = [(part, place) for place, test in enumerate(suite.tests) for part in split(test)]
    if len(found) == len(suite):
        return (), ()
    texts, places = zip(*found, strict=True)
    return tuple(texts), tuple(places)


def _distinct(problem: Problem, programs: Sequence[str], labels: Sequence[bool] | None) -> tuple[Candidate, ...]:
    """Return the different programs as they run; two equal ones with different labels have none."""
    weights: dict[str, int] = {}
    known: dict[str, set[bool]] = {}
    for place, text in enumerate(programs):
        if text.strip():
            code = runnable(text, problem)
            weights[code] = weights.get(code, 0) + 1
            known.setdefault(code, set()).update([] if labels is None else [bool(labels[place])])
    return tuple(Candidate(text, weight, *known[text] if len(known[text]) == 1 else ()) for text, weight in weights.items())
