"""Samples unit tests until enough distinct ones are valid, or up to the cap. Valid is what the right program passes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coderm.config.data import DataConfig
from coderm.config.schema import PromptConfig
from coderm.data.asking import Steps, refusal, sample, score
from coderm.data.records import Drop, FailingTest, Record, Rejected, WrittenTest
from coderm.extract.answers.snippets import read_answer
from coderm.generation.prompts import render_unit_test
from coderm.messages.execution import NO_VERDICT, Outcome
from coderm.messages.problem import ChatMessage, Problem
from coderm.messages.samples import Sample
from coderm.messages.scoring import UnitTests


@dataclass(frozen=True, slots=True)
class Synthesize:
    """The stage."""

    config: DataConfig

    def __call__(self, record: Record) -> Steps[Record | Rejected]:
        """Return the record with its valid tests and those that fail; the latter may be mended."""
        settings = self.config.synthesize
        messages = prompt_of(record.problem)
        seen: set[str] = set()
        asked = 0
        while len(record.tests) < settings.tests and asked < settings.cap:
            n = min(settings.batch, settings.cap - asked)
            samples = yield from sample(self.config, record, "tests", messages, settings.sampling, n=n, offset=asked)
            asked += n
            if (refused := refusal(samples)) is not None:
                return refused
            whole = [item for item in samples if not cut_short(item)]
            record = dropping(record, Drop.CUT_SHORT, len(samples) - len(whole))
            fresh = _distinct(whole, seen)
            if fresh:
                record = yield from judged(self.config, record, fresh)
            if len(samples) < n:  # recorded answers have run out
                break
        return record


def cut_short(sample: Sample) -> bool:
    """Whether a usable test ended at the limit of tokens, inside its code; what is complete of it would still be a test."""
    if not sample.code or sample.finish != "length":
        return False
    return not all(snippet.closed for snippet in read_answer(sample.raw).snippets)


def dropping(record: Record, why: Drop, count: int) -> Record:
    """Count tests that are left out."""
    return replace(record, dropped=record.dropped | {why: record.dropped.get(why, 0) + count}) if count else record


def prompt_of(problem: Problem) -> tuple[ChatMessage, ...]:
    """Return the chat that asks for a unit test and shows the right program: the prompt of the training pair, too."""
    return render_unit_test(replace(problem, messages=()), problem.reference, PromptConfig())


def judged(config: DataConfig, record: Record, tests: Sequence[WrittenTest]) -> Steps[Record]:
    """Run tests on the right program; those it passes are valid, those it does not fail."""
    suite = UnitTests(tuple(test.code for test in tests))
    (verdict,) = yield from score(record, [record.problem.reference], suite, config, details=config.repair.rounds > 0)
    valid, failing = list(record.tests), list(record.failing)
    for place, (test, outcome) in enumerate(zip(tests, verdict.outcomes, strict=True)):
        if outcome == Outcome.PASSED:
            valid.append(test)
        elif outcome not in NO_VERDICT:
            failing.append(FailingTest(test.code, test.key, verdict.details.get(place, outcome.label)))
    return replace(record, tests=tuple(valid), failing=tuple(failing))


def _distinct(samples: Sequence[Sample], seen: set[str]) -> list[WrittenTest]:
    found = []
    for item in samples:
        if item.code and item.key not in seen:
            seen.add(item.key)
            found.append(WrittenTest(item.code, item.key))
    return found
