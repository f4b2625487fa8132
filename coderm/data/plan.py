"""What a build would do, before anything is started: records that come to each stage, and the most that each may ask for."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coderm.config.data import DataConfig
from coderm.data.build import Tally
from coderm.data.reading import read_sources
from coderm.data.records import Record, Rejected, StageName, Unread, Why
from coderm.data.sieve import Sieve
from coderm.data.store import Ended, Store


@dataclass(frozen=True, slots=True)
class Sizes:
    """The most that a stage may ask for. prompt_tokens: estimated, 4 characters a token; answer_tokens: samples of full length."""

    stage: StageName
    records: int
    samples: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    pairs: int = 0


CHARS_PER_TOKEN = 4
"""Characters of a token of English and code, roughly; only for estimates."""


@dataclass(frozen=True, slots=True)
class Plan:
    """tally: rows that the sieve has ended; sizes: of the stages after it."""

    tally: Tally
    sizes: tuple[Sizes, ...]


@dataclass(slots=True)
class _Left:
    """What the sieve leaves: records, those that are to be converted or rewritten, characters and cases of them."""

    records: int = 0
    converted: int = 0
    rewritten: int = 0
    chars: int = 0
    cases: int = 0

    def take(self, record: Record, config: DataConfig) -> None:
        """Count a record in."""
        self.records += 1
        self.converted += record.problem.cases is not None
        self.rewritten += record.problem.source == "code_feedback" and config.form.rewrite_questions
        self.chars += len(record.problem.question or record.problem.prompt) + len(record.problem.reference)
        self.cases += len(record.labels) if record.labels is not None else 0


def plan_build(config: DataConfig) -> Plan:
    """Read all sources and take them through the sieve; keeps nothing. Raises DataError for a source that cannot be read."""
    tally, left = Tally(), _Left()
    with tempfile.TemporaryDirectory(prefix="coderm-data-") as folder, Store(Path(folder) / "plan.sqlite") as store:
        sieve = Sieve(config, store)
        for row in read_sources(config.sources):
            ended = _ended(row, sieve)
            if isinstance(ended, Record):
                left.take(ended, config)
            else:
                tally.add(*ended)
                store.end(Ended(row.position, _known_as(row, ended[1]), row.origin, *ended))
    return Plan(tally, tuple(_sizes(config, left)))


def _ended(row: Record | Unread, sieve: Sieve) -> Record | tuple[str, str]:
    if isinstance(row, Unread):
        return StageName.READ, row.rejected.why
    stage, found = sieve(row)
    return (stage, found.why) if isinstance(found, Rejected) else found


def _known_as(row: Record | Unread, why: str) -> str:
    return "" if isinstance(row, Unread) or why == Why.DOUBLE_ID else row.problem.task_id


def _sizes(config: DataConfig, left: _Left) -> Iterator[Sizes]:
    tokens = left.chars // CHARS_PER_TOKEN
    judge, form, synthesize, repair, quality = config.judge, config.form, config.synthesize, config.repair, config.quality
    n = left.records
    judged = n * judge.tries if judge.ask else 0
    yield Sizes(StageName.SUITABILITY, n, judged, tokens * judge.tries * judge.ask, judged * judge.sampling.max_tokens)
    formed = (left.converted * form.convert + left.rewritten) * form.tries
    share = formed / n if n else 0
    yield Sizes(
        StageName.FUNCTION_FORM, n, formed, round(tokens * share), formed * form.sampling.max_tokens,
        left.cases * (1 + form.tries if left.converted else 1),
    )  # fmt: skip
    written = n * synthesize.cap
    yield Sizes(StageName.SYNTHESIZE, n, written, tokens * synthesize.cap, written * synthesize.sampling.max_tokens, written)
    mended = n * min(repair.most, synthesize.cap) * repair.rounds
    yield Sizes(
        StageName.REPAIR, n, mended, tokens * min(repair.most, synthesize.cap) * repair.rounds,
        mended * repair.sampling.max_tokens, mended,
    )  # fmt: skip
    weak = n * quality.programs
    tests = synthesize.tests + synthesize.batch + min(repair.most, synthesize.cap)
    pairs = n * (quality.programs + quality.mutants) * tests + left.cases * quality.programs
    yield Sizes(StageName.QUALITY, n, weak, tokens if weak else 0, weak * quality.sampling.max_tokens, pairs)
