"""Takes in the opening frame of a block of cases: compiles its programs into a store (`grading.taker`)."""

import itertools
from collections.abc import Callable
from typing import Any

from ..confinement.box import Box
from ..confinement.limits import PairLimits, address_space
from ..confinement.watch import Watcher
from ..constants import PROGRAM_FILE
from ..grading.compiling import Unusable, compiler
from ..grading.sealed_store import Stores, append, to_wire
from ..tester.program_names import Plan
from ..transport.frames import write_frame


def take_in(
    message: dict[str, Any], writing: int, careful: bool, *, stores: Stores, box: Box, serial: int, tick: Callable[[], None]
) -> None:
    """Compile, store, hand on, in a process of its own. `serial` is the first that is free. Raises Doubtful."""
    serials = itertools.count(serial)
    watcher = Watcher(box, PairLimits.from_wire(message["limits"]), address_space(), tick)
    codes = compiler(watcher, serials.__next__, careful=careful)(message["programs"], PROGRAM_FILE)
    entries = [to_wire(code if isinstance(code, Unusable) else append(stores.programs, code, Plan())) for code in codes]
    write_frame(writing, message | {"programs": entries, "serials": next(serials)})
