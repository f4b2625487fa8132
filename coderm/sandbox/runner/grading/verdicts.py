"""Turns the result of a fork into the verdict of its pair: deny by default, a pass needs proof."""

import os
import signal
from dataclasses import dataclass

from .. import constants
from ..confinement.forks import FRESH_EXIT, GONE_EXIT
from ..confinement.memory import oom_kills
from ..confinement.watch import MEMORY_EXIT, End, ForkResult, Session
from ..endless.loops import ENDLESS_EXIT
from .compiling import Unusable

REPORTED = (
    *(constants.FAILED, constants.ERROR, constants.MEMORY, constants.SKIPPED),
    *(constants.NO_TESTS, constants.TAMPERED, constants.UNSERVED),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of one pair, its CPU seconds, and a bounded text."""

    outcome: int
    cpu_s: float
    detail: str = ""
    endless: bool = False
    """Whether it is a timeout that was proved before the limit: by a loop (`endless`) or a wait (`confinement.waiting`)."""


class OomCounter:
    """Tells whether the kernel killed something for memory since the last question."""

    def __init__(self) -> None:
        self._seen = oom_kills()

    def rose(self) -> bool:
        """Return whether the count rose."""
        before, self._seen = self._seen, oom_kills()
        return self._seen > before


def verdict(result: ForkResult, oom: OomCounter) -> Verdict:
    """Judge one pair."""
    outcome, detail = _judge(result, oom)
    return Verdict(outcome, result.cpu_s, detail, endless=outcome == constants.TIMEOUT and result.end is End.STUCK)


def over_cpu(used_s: float, limit_s: float) -> str:
    """Say that a test used more than its limit, CPU seconds."""
    return f"over the CPU limit: {used_s:.2f} s of {limit_s:g} s"


def never_wakes(result: ForkResult) -> str:
    """Say that a test waited for what could not come within its wall limit."""
    return f"waits: nothing could wake it within {result.limits.wall_s:g} s; it used {result.cpu_s:.2f} s of CPU time"


def unusable(program: object, test: object) -> Verdict | None:
    """The verdict of a pair one of whose texts cannot be compiled; None for a pair that can run."""
    for name, text in (("program", program), ("test", test)):
        if isinstance(text, Unusable):
            return Verdict(text.outcome, 0.0, f"{name}: {text.detail}")
    return None


def verdicts_of(session: Session, oom: OomCounter) -> tuple[list[Verdict], bool]:
    """Judge a session's tests in order, and tell whether the next one must run alone before it goes on.

    A test over its CPU limit counts, and so does the proof that it never ends, and a wait of the first test, which found fresh
    processes. One at which the session ended in any other way runs again.
    """
    verdicts = [verdict(result, oom) for result in session.results]
    if session.broken is None:
        return verdicts, False
    waited = not verdicts and session.broken.end in (End.STUCK, End.WALL)
    if (waited or session.broken.end is End.CPU) and session.broken.genuine:
        return [*verdicts, verdict(session.broken, oom)], False
    if _endless(session.broken):
        return [
            *verdicts,
            Verdict(
                constants.TIMEOUT,
                session.broken.cpu_s,
                "a loop that never ends: it came back to a state it had before",
                endless=True,
            ),
        ], False
    oom.rose()
    return verdicts, not (verdicts and session.broken.status == FRESH_EXIT << 8)


def _judge(result: ForkResult, oom: OomCounter) -> tuple[int, str]:
    if not result.genuine:
        return constants.TAMPERED, "something else than one verdict came through the verdict pipe"
    if result.end is End.CPU:
        return constants.TIMEOUT, over_cpu(result.cpu_s, result.limits.cpu_s)
    if result.end is End.WALL:
        return constants.TIMEOUT, f"over the wall limit of {result.limits.wall_s:g} s, with {result.cpu_s:.2f} s of CPU time"
    if result.end is End.STUCK:
        return constants.TIMEOUT, never_wakes(result)
    if result.end is End.OUTPUT:
        return constants.OUTPUT_LIMIT, "over the output limit"
    report = result.report
    if report is None:
        gone = result.second_status is not None and result.status == GONE_EXIT << 8
        return _unreported(result.second_status if gone else result.status, oom)  # type: ignore[arg-type]
    if report.outcome in REPORTED:
        return report.outcome, report.detail
    if report.outcome == constants.PASSED and report.planned == report.started == report.succeeded >= 1:
        return constants.PASSED, ""
    return constants.ERROR, "not every test case ran to its end"


def _endless(result: ForkResult) -> bool:
    status = result.second_status if result.status == GONE_EXIT << 8 else result.status
    return result.end is End.EXITED and result.genuine and result.report is None and status == ENDLESS_EXIT << 8


def _unreported(status: int, oom: OomCounter) -> tuple[int, str]:
    if not os.WIFSIGNALED(status):
        code = os.WEXITSTATUS(status)
        return (
            (constants.MEMORY, "out of memory")
            if code == MEMORY_EXIT
            else (constants.ERROR, f"exited with status {code}, no verdict")
        )
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL and oom.rose():
        return constants.MEMORY, "killed for memory"
    return constants.ERROR, f"killed by signal {number}, no verdict"
