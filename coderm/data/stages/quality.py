"""Measures the valid tests by programs of the weak model and by mutants of the right one, and drops those that tell nothing.

A weak program is right if it passes the source's own cases, or else all valid tests. A mutant is killed by a test that it does not
pass; killed by value if an assertion failed, since a crash is noticed by tests that expect nothing, too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coderm.config.data import DataConfig
from coderm.config.schema import PromptConfig
from coderm.data.asking import Steps, passes_all, refusal, sample, score
from coderm.data.cases_held import cases_held
from coderm.data.conversion import script
from coderm.data.cutting import Measured, cut, without_copies
from coderm.data.records import Rates, Record, Rejected, WeakProgram, Why
from coderm.extract.syntax.entry import entry_of
from coderm.generation.prompts import render_solution
from coderm.messages.execution import NO_VERDICT, Outcome
from coderm.messages.scoring import Cases, ProgramVerdict, UnitTests
from coderm.mutants.making import make_mutants


@dataclass(frozen=True, slots=True)
class Quality:
    """The stage."""

    config: DataConfig

    def __call__(self, record: Record) -> Steps[Record | Rejected]:
        """Return the record with the tests that are kept, each with its figures."""
        settings = self.config.quality
        name = entry_of(record.problem).name
        valid = [Measured(test, cases_held(test.code, name)) for test in record.tests]
        left, copies = without_copies(valid, settings.similarity)
        dropped = copies + Counter(record.dropped)
        if not left:
            return Rejected(Why.NO_TEST_LEFT, _counted(dropped))
        programs = yield from self._programs(record)
        if isinstance(programs, Rejected):
            return programs
        mutants = [mutant.text for mutant in make_mutants(record.problem.reference, settings.mutants, self.config.seed)]
        tests = UnitTests(tuple(item.test.code for item in left))
        verdicts: tuple[ProgramVerdict, ...] = ()
        if programs or mutants:
            verdicts = yield from score(record, [*programs, *mutants], tests, self.config)
        weak, killed = verdicts[: len(programs)], verdicts[len(programs) :]
        labels = yield from self._labels(record, programs, weak)
        measured = [_measured(item, place, weak, labels, killed) for place, item in enumerate(left)]
        found = cut(measured, len(mutants), settings)
        counts = dropped + Counter(found.dropped)
        if not found.kept:
            return Rejected(Why.NO_TEST_LEFT, _counted(counts))
        kept = tuple(WeakProgram(code, right) for code, right in zip(programs, labels, strict=True))
        return replace(record, tests=found.kept, programs=kept, mutants=len(mutants), dropped=dict(counts))

    def _programs(self, record: Record) -> Steps[tuple[str, ...] | Rejected]:
        """Ask the weak model; usable programs in sampling order, equal ones as often as they were written."""
        settings = self.config.quality
        if not settings.programs:
            return ()
        messages = render_solution(replace(record.problem, messages=()), PromptConfig())
        samples = yield from sample(
            self.config, record, "programs", messages, settings.sampling, n=settings.programs, role="policy"
        )
        refused = refusal(samples)
        return refused if refused is not None else tuple(item.code for item in samples if item.code)

    def _labels(
        self, record: Record, programs: tuple[str, ...], verdicts: Sequence[ProgramVerdict]
    ) -> Steps[tuple[bool | None, ...]]:
        """Return which programs are right."""
        if record.labels is None or not programs:
            return tuple(map(_right, verdicts))
        judged = list(programs)
        if isinstance(record.labels, Cases):
            judged = [script(text, record.problem.entry_point, record.adapter) for text in programs]
        own = yield from score(record, judged, record.labels, self.config, cpu_s=self.config.form.cpu_s, checks=True)
        return tuple(map(_right, own))


def _right(verdict: ProgramVerdict) -> bool | None:
    """None where a pair has no verdict and no other pair settles it."""
    if passes_all(verdict):
        return True
    failed = any(outcome not in (Outcome.PASSED, *NO_VERDICT) for outcome in verdict.outcomes)
    return False if failed else None


def _measured(
    item: Measured,
    place: int,
    weak: Sequence[ProgramVerdict],
    labels: Sequence[bool | None],
    mutants: Sequence[ProgramVerdict],
) -> Measured:
    outcomes = [verdict.outcomes[place] for verdict in mutants]
    kills = tuple(number for number, outcome in enumerate(outcomes) if outcome not in (Outcome.PASSED, *NO_VERDICT))
    by_value = frozenset(number for number, outcome in enumerate(outcomes) if outcome == Outcome.FAILED)
    return replace(item, test=replace(item.test, rates=_rates(place, weak, labels), kills=kills), by_value=by_value)


def _rates(place: int, weak: Sequence[ProgramVerdict], labels: Sequence[bool | None]) -> Rates:
    cells = Counter(
        (verdict.outcomes[place] == Outcome.PASSED, right)
        for verdict, right in zip(weak, labels, strict=True)
        if right is not None and verdict.outcomes[place] not in NO_VERDICT
    )
    return Rates(cells[True, True], cells[True, False], cells[False, True], cells[False, False])


def _counted(dropped: "Counter[str]") -> str:
    return ", ".join(f"{why} {count}" for why, count in sorted(dropped.items()))
