"""Compile each text once per block, safely: first in a confined fork, then, if that one lived, in the block's own process."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType

from .. import constants
from ..confinement.reports import Report, Reporter
from ..confinement.watch import MEMORY_EXIT, End, ForkResult, Watcher
from ..constants import MAX_TEXT


@dataclass(frozen=True, slots=True)
class Unusable:
    """A text that cannot be compiled: the outcome of all its pairs, and why."""

    outcome: int
    detail: str


Compiled = CodeType | Unusable


def compile_all(texts: Sequence[str | None], filename: str, watcher: Watcher, serials: Callable[[], int]) -> list[Compiled]:
    """Compile texts; None stands for one that was too long to send."""
    usable = [text for text in texts if text is not None and len(text) <= MAX_TEXT]
    together = watcher.run(lambda reporter: _try(usable, filename, reporter), serials())
    return [_compile_one(text, filename, watcher, serials, safe=_survived(together)) for text in texts]


def _compile_one(text: str | None, filename: str, watcher: Watcher, serials: Callable[[], int], *, safe: bool) -> Compiled:
    if text is None or len(text) > MAX_TEXT:
        return Unusable(constants.ERROR, f"longer than {MAX_TEXT} characters")
    if not safe:
        alone = watcher.run(lambda reporter: _try([text], filename, reporter), serials())
        if not _survived(alone):
            return _reason(alone)
    return _compile(text, filename)


def _compile(text: str, filename: str) -> Compiled:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text, filename, "exec", dont_inherit=True)
        except MemoryError:
            return Unusable(constants.MEMORY, "MemoryError: does not compile in the memory allowed")
        except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
            return Unusable(constants.ERROR, f"does not compile: {type(error).__name__}: {str(error)[:200]}")


def _try(texts: Sequence[str], filename: str, reporter: Reporter) -> None:
    for text in texts:
        compiled = _compile(text, filename)
        if isinstance(compiled, Unusable) and compiled.outcome == constants.MEMORY:
            raise MemoryError
    reporter.send(Report(constants.PASSED))


def _survived(result: ForkResult) -> bool:
    return result.end is End.EXITED and result.genuine and result.report is not None


def _reason(result: ForkResult) -> Unusable:
    if result.end is not End.EXITED:
        return Unusable(constants.TIMEOUT, "does not compile in the time allowed")
    if result.status == MEMORY_EXIT << 8:
        return Unusable(constants.MEMORY, "MemoryError: does not compile in the memory allowed")
    return Unusable(constants.ERROR, "the compiler crashed on it")
