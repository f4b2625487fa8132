"""Prove that a test never ends, long before its CPU limit says so.

A loop that comes to the same place of the same call in the same state does so for ever, as long as nothing but that state decides
what it does. Purity proves the latter: no clock, no randomness, no files. Left to the CPU limit are texts that print (they would
end at another limit), texts that compare identity, and state that cannot be read (`frame_state`).

The interpreter takes a sample only after SAMPLE_INTERVAL_S of CPU time, and only at the heads of while-loops, where the frame's
variables are the whole state. A sample costs CPU time of the test's own limit. So there are few, each short: together they stay
within half of the borderline band, and a test that they push over its limit runs again alone.
"""

import dis
import functools
import os
import signal
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from .frame_state import State, UnknownState

ENDLESS_EXIT = 221
"""Exit status of a process that has proved it."""
SAMPLE_INTERVAL_S = 0.03
"""CPU seconds between two samples; a test that ends sooner is never sampled."""
MAX_EVENTS = 6000
"""Lines and calls that one sample traces."""
MAX_SAMPLES = 6
"""Per test; between samples it runs at full speed."""
SAMPLE_COST_S = 0.012
"""CPU seconds of one sample, MAX_EVENTS at about two microseconds; the next tick of the timer ends it in any case."""
STATE_EVENTS = 20
"""What comparing a state counts for at least."""
PARTS_PER_EVENT = 2
"""Parts of a state that take about as long as one event."""
PRINTING = frozenset(("print", "input"))
SET_METHODS = frozenset(name for name in dir(set) if not name.startswith("_")) - frozenset(dir(frozenset))
SET_OPERATORS = frozenset(("|=", "&=", "-=", "^="))
GENERATOR = 0x20 | 0x80 | 0x200
"""Code flags of generators and coroutines."""
BLOCKS = frozenset(("BEFORE_WITH", "PUSH_EXC_INFO"))
"""Instructions after which the stack of values is not empty."""


class LoopSampler:
    """Samples the tests of a session; `files` are the file names of the texts' code."""

    def __init__(self, files: tuple[str, ...], samples: int) -> None:
        self._files = files
        self._max_samples = samples
        self._first_tick = True
        self._samples = 0
        self._events = 0
        self._saved: dict[tuple[FrameType, int], tuple[State, int, int]] = {}
        self._codes: tuple[CodeType, ...] = ()
        self._sets = False
        self._traced = 0

    def start(self) -> None:
        """Sample from now on, at every SAMPLE_INTERVAL_S of CPU time."""
        if not self._max_samples:
            return
        signal.signal(signal.SIGPROF, self._tick)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_INTERVAL_S, SAMPLE_INTERVAL_S)

    def begin_test(self, *codes: CodeType) -> None:
        """Another test begins; these are all texts that it executes."""
        self._codes, self._first_tick, self._samples = codes, True, 0
        if self._events:
            self._stop()

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if self._events:  # the sample takes long, and tracing slows everything down
            self._stop()
            return
        if self._first_tick:  # not all of this time was the test's own
            self._first_tick = False
            return
        if self._samples >= self._max_samples or not all(map(neither_prints_nor_compares_identity, self._codes)):
            return
        self._samples += 1
        self._sets = all(map(keeps_sets, self._codes))
        self._events = MAX_EVENTS
        self._traced = 0
        while frame is not None:
            if frame.f_code.co_filename in self._files and not frame.f_code.co_flags & GENERATOR and loop_heads(frame.f_code):
                frame.f_trace = self._line
                self._traced += 1
            frame = frame.f_back
        if self._traced:
            sys.settrace(self._call)
        else:
            self._events = 0

    def _call(self, frame: FrameType, event: str, arg: Any) -> None:
        self._count()

    def _count(self, events: int = 1) -> None:
        self._events -= events
        if self._events <= 0:
            self._stop()

    def _stop(self) -> None:
        sys.settrace(None)
        self._events = 0
        self._saved.clear()

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        self._count()
        if event != "line" or self._events <= 0 or frame.f_lasti not in loop_heads(frame.f_code):
            return self._line
        place = frame, frame.f_lasti
        self._count(STATE_EVENTS)
        try:
            state = State(frame, sets=self._sets)
        except UnknownState:
            return self._stop_tracing(frame)
        self._count(len(state.parts) // PARTS_PER_EVENT)
        if self._events <= 0:
            return self._line
        saved, age, limit = self._saved.get(place, (None, 0, 1))
        if saved == state:
            os._exit(ENDLESS_EXIT)
        if saved is None or age >= limit:  # compare with a later state now and then: the loop may have a long period
            self._saved[place] = state, 0, limit * 2
        else:
            self._saved[place] = saved, age + 1, limit
        return self._line

    def _stop_tracing(self, frame: FrameType) -> None:
        """Stop tracing a frame; without another one the sample is over."""
        frame.f_trace = None
        self._traced -= 1
        if not self._traced:
            self._stop()


def affordable_samples(cpu_s: float, band: float) -> int:
    """Return how many samples of a test fit into half of the borderline band around its CPU limit."""
    return min(MAX_SAMPLES, int(cpu_s * band / 2 / SAMPLE_COST_S))


@functools.cache
def neither_prints_nor_compares_identity(code: CodeType) -> bool:
    """Whether a text prints nothing and never asks whether two values are one object, but for None, True and False."""
    constant = False
    for step in dis.get_instructions(code):
        if step.opname == "IS_OP" and not constant:
            return False
        constant = step.opname == "LOAD_CONST" and (step.argval is None or type(step.argval) is bool)
    return not PRINTING.intersection(code.co_names) and all(map(neither_prints_nor_compares_identity, _parts(code)))


@functools.cache
def keeps_sets(code: CodeType) -> bool:
    """Whether a text never changes a set: it uses no name and no operator that could."""
    changes = any(step.opname == "BINARY_OP" and step.argrepr in SET_OPERATORS for step in dis.get_instructions(code))
    return not (changes or SET_METHODS.intersection(code.co_names)) and all(map(keeps_sets, _parts(code)))


def _parts(code: CodeType) -> Iterator[CodeType]:
    return (part for part in code.co_consts if type(part) is CodeType)


@functools.cache
def loop_heads(code: CodeType) -> frozenset[int]:
    """Return the heads of loops at which the stack of values is empty: not inside a for, a with or a handler."""
    steps = list(dis.get_instructions(code))
    blocked = [step.offset for step in steps if step.opname in BLOCKS]
    end = min(blocked, default=steps[-1].offset + 1)
    inside = [range(step.offset, step.argval) for step in steps if step.opname in ("FOR_ITER", "SEND")]
    return frozenset(place for place in _targets(steps) if place < end and not any(place in part for part in inside))


def _targets(steps: list[dis.Instruction]) -> Iterator[int]:
    """Yield where jumps backwards go, as far as a line of the text begins there."""
    starts = {step.offset for step in steps if step.starts_line is not None}
    return (step.argval for step in steps if "JUMP_BACKWARD" in step.opname and step.argval in starts)
