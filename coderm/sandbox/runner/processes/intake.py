"""Reads the opening frame of a block of cases in a process of its own: the one that forks programs holds no text of them."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..confinement.box import Box
from ..confinement.limits import PairLimits, address_space
from ..confinement.watch import Watcher
from ..constants import PROGRAM_FILE
from ..grading.compiling import Unusable, compile_all
from ..grading.intake import taken_in
from ..grading.sealed_store import Entry, append, from_wire, open_store, seal, to_wire
from ..tester.program_names import Plan
from ..transport.frames import read_frame, write_frame


@dataclass(frozen=True, slots=True)
class Opening:
    """A block of cases without its programs, whose code is in `store`; `serial` is the first that is free."""

    message: dict[str, Any]
    store: int
    programs: list[Entry]
    serial: int


def read_opening(inbound: int, box: Box, first_serial: int, tick: Callable[[], None]) -> Opening:
    """Read the frame and compile its programs into a store. Raises ChildProcessError when that process dies."""
    store = open_store("programs")
    message = taken_in(lambda writing: _take_in(inbound, writing, store, box, first_serial, tick))
    seal(store)
    return Opening(message, store, [from_wire(entry) for entry in message["programs"]], message["serial"])


def _take_in(inbound: int, writing: int, store: int, box: Box, first_serial: int, tick: Callable[[], None]) -> int:
    message = read_frame(inbound)
    if message is None:
        return 1
    serials = itertools.count(first_serial)
    watcher = Watcher(box, PairLimits.from_wire(message["limits"]), address_space(), tick)
    codes = compile_all(message["programs"], PROGRAM_FILE, watcher, serials.__next__)
    entries = [to_wire(code if isinstance(code, Unusable) else append(store, code, Plan())) for code in codes]
    write_frame(writing, message | {"programs": entries, "serial": next(serials)})
    return 0
