"""Compile each text once per block, safely.

Most texts harm no compiler, so the intake compiles all of them under the limits of a pair. A text that breaks those ends it. Then
each text is tried in a confined fork first, and compiled again in the intake's own process if that one lived.
"""

import contextlib
import resource
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import TypeGuard

from .. import constants
from ..confinement.limits import MB, address_space
from ..confinement.reports import Report, Reporter
from ..confinement.watch import MEMORY_EXIT, End, ForkResult, Watcher
from ..constants import MAX_TEXT


@dataclass(frozen=True, slots=True)
class Unusable:
    """A text that cannot be compiled: the outcome of all its pairs, and why."""

    outcome: int
    detail: str


Compiled = CodeType | Unusable


Texts = Sequence[str | None]
"""None stands for one that was too long to send."""
Compiler = Callable[[Texts, str], list[Compiled]]
"""Compiles texts of a file of that name."""


class Doubtful(Exception):
    """A text needs more than the limits, so each has to be tried."""


def compiler(watcher: Watcher, serials: Callable[[], int], *, careful: bool) -> Compiler:
    """Return the way to compile: carefully, or at once, which raises Doubtful or ends the process where a text is harmful."""
    if careful:
        return lambda texts, filename: _compile_carefully(texts, filename, watcher, serials)
    return lambda texts, filename: _compile_at_once(texts, filename, watcher)


def _compile_at_once(texts: Texts, filename: str, watcher: Watcher) -> list[Compiled]:
    with _limited(watcher.limits.memory_mb, watcher.limits.cpu_s):
        found = [_compile(text, filename) if _is_usable(text) else _too_long() for text in texts]
    if any(isinstance(one, Unusable) and one.outcome == constants.MEMORY for one in found):
        raise Doubtful
    return found


@contextlib.contextmanager
def _limited(memory_mb: int, cpu_s: float) -> Iterator[None]:
    """Bound what this process uses: without memory allocations fail, and without CPU time the process ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = address_space() + memory_mb * MB
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _compile_carefully(texts: Texts, filename: str, watcher: Watcher, serials: Callable[[], int]) -> list[Compiled]:
    usable = [text for text in texts if _is_usable(text)]
    together = watcher.run(lambda reporter: _try(usable, filename, reporter), serials())
    return [_compile_one(text, filename, watcher, serials, safe=_survived(together)) for text in texts]


def _is_usable(text: str | None) -> TypeGuard[str]:
    return text is not None and len(text) <= MAX_TEXT


def _too_long() -> Unusable:
    return Unusable(constants.ERROR, f"longer than {MAX_TEXT} characters")


def _compile_one(text: str | None, filename: str, watcher: Watcher, serials: Callable[[], int], *, safe: bool) -> Compiled:
    if not _is_usable(text):
        return _too_long()
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
