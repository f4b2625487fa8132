"""A suite as the columns of a matrix: what identifies each, how large it is, and the block that runs some of them.

Columns are the suite's tests or cases, then the canaries made of its unit tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from coderm.canaries.falsify import make_canaries
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, Limits
from coderm.messages.hashing import content_hash
from coderm.messages.scoring import Cases, ScoreRequest, ScoreSettings, Suite, UnitTests
from coderm.scoring.row_rule import RowRule

SUITES_KEPT = 256
"""Suites whose canaries are kept: trainers come back to the same problems, and reading tests takes milliseconds each."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a request; `canaries` are texts of unit tests."""

    suite: Suite
    settings: ScoreSettings
    canaries: tuple[str, ...] = ()

    @property
    def tests(self) -> int:
        """Columns that are the suite's own."""
        return len(self.suite)

    def rule(self) -> RowRule:
        """When a program's row ends."""
        return RowRule(self.settings.stop, self.settings.limits.row_timeouts)

    def sizes(self) -> list[int]:
        """Characters of each column."""
        if isinstance(self.suite, UnitTests):
            return [len(text) for text in (*self.suite.tests, *self.canaries)]
        return [len(case.input) + len(case.expected) for case in self.suite.cases]

    def digests(self) -> list[str]:
        """Name each column by its content and by how it is judged."""
        if isinstance(self.suite, UnitTests):
            return [content_hash("unittest", text) for text in (*self.suite.tests, *self.canaries)]
        how = repr((self.suite.comparison, self.suite.nonzero_exit))
        return [content_hash("case", how, case.input, case.expected) for case in self.suite.cases]

    def block(self, block_id: str, programs: Sequence[str], columns: Sequence[int], environment: str) -> Block | CaseBlock:
        """Return the block that runs these programs against these columns."""
        settings = self.settings
        if isinstance(self.suite, Cases):
            cases = tuple(self.suite.cases[column] for column in columns)
            return CaseBlock(
                block_id,
                tuple(programs),
                cases,
                self.suite.comparison,
                self.suite.nonzero_exit,
                settings.stop,
                settings.limits,
                settings.details,
                environment,
            )
        texts = (*self.suite.tests, *self.canaries)
        canaries = sum(column >= self.tests for column in columns)
        only = canaries == len(columns)
        return Block(
            block_id,
            tuple(programs),
            tuple(texts[column] for column in columns),
            _limits(settings, only),
            settings.grading,
            settings.details,
            settings.fallback,
            only,
            environment,
            0 if only else canaries,
        )


def columns_of(request: ScoreRequest, seed: str) -> Columns:
    """Return the columns of a request, with its canaries."""
    suite, wanted = request.suite, request.settings.canaries
    canaries = _canaries(suite.tests, wanted, seed) if isinstance(suite, UnitTests) else ()
    return Columns(suite, request.settings, canaries)


@lru_cache(maxsize=SUITES_KEPT)
def _canaries(tests: tuple[str, ...], wanted: int, seed: str) -> tuple[str, ...]:
    return make_canaries(tests, wanted, seed)


def _limits(settings: ScoreSettings, canaries: bool) -> Limits:
    """A first timeout ends a row that its first failure ends; every canary is run."""
    if canaries:
        return replace(settings.limits, row_timeouts=0)
    return replace(settings.limits, row_timeouts=1) if settings.stop == "first_failure" else settings.limits
