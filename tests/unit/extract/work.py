"""Work that a call does, counted and not timed: lines that run, characters given to Python's parser, characters copied by texts."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import coderm

OURS = str(Path(coderm.__file__).parent)
COPYING = {"split", "splitlines", "join", "replace", "partition", "rpartition", "encode", "decode", "expandtabs", "lower"}
PARSING = {"parse", "parse_dedented", "compiles", "symbols"}


class _Count:
    def __init__(self) -> None:
        self.work = 0

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "call" and frame.f_code.co_name in PARSING:
            self.work += len(frame.f_locals.get("text", ""))
        self.work += 1
        return self.trace

    def profile(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and frame.f_code.co_filename.startswith(OURS) and getattr(called, "__name__", "") in COPYING:
            owner = getattr(called, "__self__", None)
            self.work += len(owner) if isinstance(owner, str | bytes) else 0


def work(action: Callable[[], object]) -> int:
    """Return the work of a call; what was set to watch before, a coverage tool say, is set again."""
    count = _Count()
    before = sys.gettrace(), sys.getprofile()
    sys.settrace(count.trace)
    sys.setprofile(count.profile)
    try:
        action()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count.work
