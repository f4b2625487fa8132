"""Prove that a test never ends, long before its CPU limit says so.

A loop that comes to the same place of the same call in the same state does so for ever, as long as nothing but that state decides
what it does. Purity proves the latter: no clock, no randomness, no files. Left to the CPU limit are texts that compare identity,
and state that cannot be read (`frame_state`).

The interpreter looks after every SAMPLE_INTERVAL_S of CPU time, and takes a sample if it finds itself at the end of a while-loop's
turn, where the frame's variables are the whole state. A sample costs CPU time of the test's own limit. So there are few, each
short: together they stay within half of the borderline band, and a test that they push over its limit runs again alone.
"""

import dis
import functools
import os
import signal
from types import CodeType, FrameType
from typing import Any

from ..confinement.forks import MEMORY_EXIT
from .frame_state import state_of

ENDLESS_EXIT = 221
"""Exit status of a process that has proved it."""
SAMPLE_INTERVAL_S = 0.01
"""CPU seconds between two looks; a test that ends sooner is never sampled."""
MAX_SAMPLES = 64
"""Per test. A loop that comes back to its state after fewer turns than that is found out."""
SAMPLE_COST_S = 0.001
"""CPU seconds of one sample of the largest state."""
GENERATOR = 0x20 | 0x80 | 0x200
"""Code flags of generators and coroutines."""
BLOCKS = frozenset(("BEFORE_WITH", "PUSH_EXC_INFO"))
"""Instructions after which the stack of values is not empty."""


class LoopSampler:
    """Samples the tests of a session; `files` are the file names of the texts' code."""

    def __init__(self, files: tuple[str, ...], samples: int) -> None:
        self._files = files
        self._max_samples = samples
        self._left = 0
        self._codes: tuple[CodeType, ...] = ()
        self._seen: dict[tuple[FrameType, int], dict[bytes, list[Any]]] = {}

    def start(self) -> None:
        """Sample from now on."""
        if self._max_samples:
            signal.signal(signal.SIGPROF, self._tick)
            signal.setitimer(signal.ITIMER_PROF, SAMPLE_INTERVAL_S, SAMPLE_INTERVAL_S)

    def begin_test(self, *codes: CodeType) -> None:
        """Another test begins; these are all texts that it executes."""
        self._codes, self._left = codes, self._max_samples
        self._seen.clear()

    def _tick(self, number: int, frame: FrameType | None) -> None:
        try:
            self._look(frame)
        except MemoryError:  # of which a sample must not take the last; the test runs again alone
            os._exit(MEMORY_EXIT)

    def _look(self, frame: FrameType | None) -> None:
        if not self._left or frame is None or frame.f_code.co_filename not in self._files:
            return
        if frame.f_lasti not in turns(frame.f_code) or not all(map(compares_no_identity, self._codes)):
            return
        self._left -= 1
        running = _callers(frame)
        self._seen = {place: states for place, states in self._seen.items() if place[0] in running}
        seen = self._seen.setdefault((frame, frame.f_lasti), {})
        try:
            state, kept_alive = state_of(frame)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a state that cannot be read; nothing may rise from here into the test
            self._left = 0
            return
        if state in seen:
            os._exit(ENDLESS_EXIT)
        seen[state] = kept_alive


def affordable_samples(cpu_s: float, band: float) -> int:
    """Return how many samples of a test fit into half of the borderline band around its CPU limit."""
    return min(MAX_SAMPLES, int(cpu_s * band / 2 / SAMPLE_COST_S))


def _callers(frame: FrameType | None) -> set[FrameType]:
    found = set()
    while frame is not None:
        found.add(frame)
        frame = frame.f_back
    return found


@functools.cache
def compares_no_identity(code: CodeType) -> bool:
    """Whether a text never asks whether two values are one object, but for None, True and False."""
    constant = False
    for step in dis.get_instructions(code):
        if step.opname == "IS_OP" and not constant:
            return False
        constant = step.opname == "LOAD_CONST" and (step.argval is None or type(step.argval) is bool)
    return all(compares_no_identity(part) for part in code.co_consts if type(part) is CodeType)


@functools.cache
def turns(code: CodeType) -> frozenset[int]:
    """Return the jumps back at which the stack of values is empty: not inside a for, a with, a handler or a generator."""
    steps = [] if code.co_flags & GENERATOR else list(dis.get_instructions(code))
    end = min((step.offset for step in steps if step.opname in BLOCKS), default=len(code.co_code))
    inside = [range(step.offset, step.argval) for step in steps if step.opname in ("FOR_ITER", "SEND")]
    jumps = (step.offset for step in steps if "JUMP_BACKWARD" in step.opname and step.offset < end)
    return frozenset(place for place in jumps if not any(place in part for part in inside))
