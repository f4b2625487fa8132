"""Cuts the pass matrix of one problem into blocks for executors, names each by its content, and bounds what it tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from coderm.config.schema import SandboxConfig
from coderm.messages.case_texts import case_of
from coderm.messages.cases import CaseBlock
from coderm.messages.events import BlockKind, Execute
from coderm.messages.execution import Block, BlockResult, Grading, Limits
from coderm.messages.hashing import content_hash
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases


def cut(count: int, size: int) -> Iterator[range]:
    """Yield consecutive ranges of at most `size` that cover `count`."""
    for start in range(0, count, size):
        yield range(start, min(start + size, count))


def tiles(height: int, width: int, pairs: int) -> Iterator[tuple[range, range]]:
    """Yield (rows, columns) of tiles of at most `pairs` cells that cover a matrix, of whole rows where they fit."""
    wide = min(width, pairs)
    for columns, rows in product(cut(width, wide), cut(height, max(1, pairs // wide))):
        yield rows, columns


def halved(height: int, width: int) -> tuple[tuple[slice, slice], ...]:
    """Return (rows, columns) of two halves of a matrix, by its rows or else by its columns; none of a single cell."""
    rows, columns = height // 2, width // 2
    if rows:
        return (slice(0, rows), slice(None)), (slice(rows, None), slice(None))
    return ((slice(None), slice(0, columns)), (slice(None), slice(columns, None))) if columns else ()


def limits_of(problem: Problem, box: SandboxConfig, kind: BlockKind) -> Limits:
    """What a pair of this kind may use; a benchmark's own limits hold for its checks.

    One missed check settles a label. Examples are counted one by one, so none is left out.
    """
    checks = kind == "checks"
    cpu_s = (problem.judge_cpu_s or box.check_cpu_s) if checks else box.cpu_s
    return Limits(
        cpu_s=cpu_s,
        wall_s=max(box.wall_s, cpu_s),
        memory_mb=box.memory_mb,
        output_kb=box.output_kb,
        processes=box.processes,
        files_mb=box.files_mb,
        row_timeouts={"checks": 1, "examples": 0}.get(kind, box.row_timeouts),
        borderline=box.borderline,
        recursion=problem.recursion_limit,
        int_digits=problem.int_digits,
        sessions=box.sessions,
        crowds=box.crowds,
    )


@dataclass(frozen=True, slots=True)
class Judging:
    """How the pairs of one kind are judged. suite: given for a problem of cases; then tests are texts of its cases."""

    limits: Limits
    grading: Grading
    fallback: bool
    details: bool
    environment: str
    suite: Cases | None = None

    def name(self, programs: Sequence[str], tests: Sequence[str]) -> str:
        """Return the hash of everything that decides the verdicts of these pairs."""
        how = (self.grading, self.fallback) if self.suite is None else (self.suite.comparison, self.suite.nonzero_exit)
        return content_hash(self.environment, _spelled(how, self.limits), str(len(programs)), *programs, *tests)

    def block(self, block_id: str, programs: tuple[str, ...], tests: tuple[str, ...], *, canaries: bool) -> Block | CaseBlock:
        """Return the block of these pairs; programs and tests: their texts."""
        if self.suite is None:
            how = (self.limits, self.grading, self.details, self.fallback, canaries, self.environment)
            return Block(block_id, programs, tests, *how)
        cases = tuple(case for case in map(case_of, tests) if case is not None)
        assert len(cases) == len(tests), "a text of a problem's cases is a case"
        limits, details, environment = self.limits, self.details, self.environment
        compared = (self.suite.comparison, self.suite.nonzero_exit)
        return CaseBlock(block_id, programs, cases, *compared, limits=limits, details=details, environment=environment)


@lru_cache(maxsize=256)
def _spelled(how: tuple[str | bool, ...], limits: Limits) -> str:
    """A text of everything but the pairs that decides verdicts; the same few for all blocks of a run."""
    return repr((*how, limits))


def execute_commands(
    task_id: str,
    kind: BlockKind,
    programs: Sequence[str],
    tests: Sequence[str],
    columns: Sequence[int],
    judging: Judging,
    *,
    pairs: int,
    rows: Sequence[int] | None = None,
) -> list[Execute]:
    """Return the commands that run every program against `tests`, at most `pairs` a block.

    rows, columns: places of the programs (all: None) and tests among the problem's unique ones.

    Blocks hold whole rows where they can: only then does the rule that cuts the rows of looping programs short see a row.

    The id holds a hash of all that decides the verdicts, and names the place, since the checks of a benchmark may repeat.
    """
    places = range(len(programs)) if rows is None else rows
    commands = []
    for high, wide in tiles(len(programs), len(tests), pairs) if programs and tests else ():
        texts = tuple(programs[i] for i in high), tuple(tests[j] for j in wide)
        command_id = f"{task_id}|{kind}|{places[high[0]]},{columns[wide[0]]}|{judging.name(*texts)}"
        block = judging.block(command_id, *texts, canaries=kind == "canaries")
        commands.append(Execute(command_id, task_id, kind, tuple(places[i] for i in high), tuple(columns[j] for j in wide), block))
    return commands


def shortened(result: BlockResult, most: int) -> BlockResult:
    """The result with at most `most` characters of details: short ones stay whole, longer ones are cut to one length."""
    if not result.details:
        return result
    left, limit = most, most
    for place, length in enumerate(sorted(map(len, result.details.values()))):
        limit = left // (len(result.details) - place)
        if length > limit:
            break
        left -= length
        limit = most
    return replace(result, details={pair: text[:limit] for pair, text in result.details.items()})
