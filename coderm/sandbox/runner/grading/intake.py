"""Takes in a block of programs and tests: compiles all texts into stores and passes on the rest of the message (`taker`)."""

import importlib.util
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from ..confinement.box import Box
from ..confinement.limits import PairLimits, address_space
from ..confinement.watch import Watcher
from ..constants import PROGRAM_FILE, TESTS_FILE
from ..purity.proof import facts, why_apart, why_impure
from ..purity.reach import reach
from ..purity.reader import Facts
from ..tester.program_names import Plan, plan
from ..transport.frames import write_frame
from .compiling import Compiled, Unusable, compiler
from .sealed_store import Entry, Stores, append, from_wire, to_wire

SESSIONS_OFF = Facts("sessions are off")
HEAVY = {"mock": "unittest.mock", "asyncio": "asyncio"}
"""Modules that make every fork a fifth dearer, by the words of texts that may import them: only such a block has them warm."""


ALONE, PROVED, LOOKED, CROWDED = "0", "1", "2", "3"
"""Whether a pair shares its processes: never; since its texts prove that it leaves nothing; while a look finds nothing left; since
its texts prove that it finds nothing either, also with other programs."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A block without its texts. `sharing[i][j]` tells whether test j may share its processes with others of program i."""

    message: dict[str, Any]
    programs: list[Entry]
    tests: list[Entry]
    sharing: list[str]
    serials: int
    """First serial that is free again."""


def from_message(message: dict[str, Any]) -> Intake:
    """Read what the work has written."""
    programs, tests = ([from_wire(entry) for entry in message[name]] for name in ("programs", "tests"))
    return Intake(message, programs, tests, message["sharing"], message["serials"])


def take_in(
    message: dict[str, Any], writing: int, careful: bool, *, stores: Stores, box: Box, serial: int, tick: Callable[[], None]
) -> None:
    """Compile, store, hand on, in a process of its own. `serial` is the first that is free. Raises Doubtful."""
    limits, serials = PairLimits.from_wire(message["limits"]), itertools.count(serial)
    compiled = compiler(Watcher(box, limits, address_space(), tick), serials.__next__, careful=careful)
    programs, texts = compiled(message["programs"], PROGRAM_FILE), message["tests"]
    tests = compiled(texts, TESTS_FILE)
    read = _texts(message["programs"], programs, limits), _texts(texts, tests, limits)
    sharing = _sharing(*read, message["canaries"], crowds=limits.crowds)
    plans = [Plan()] * len(tests)
    if message["grading"] == "isolated":
        plans = [_plan(text, code) for text, code in zip(texts, tests, strict=True)]
    entries = {
        "programs": _store_all(stores.programs, programs, [Plan()] * len(programs)),
        "tests": _store_all(stores.tests, tests, plans),
    }
    named = ["numpy"] if any(each.numpy for each in plans) and importlib.util.find_spec("numpy") else []
    named += [module for word, module in HEAVY.items() if any(text and word in text for text in (*message["programs"], *texts))]
    write_frame(writing, message | entries | {"sharing": sharing, "serials": next(serials), "heavy": named})


def _store_all(store: int, codes: Sequence[Compiled], plans: Sequence[Plan]) -> list[Any]:
    return [
        to_wire(code if isinstance(code, Unusable) else append(store, code, plan)) for code, plan in zip(codes, plans, strict=True)
    ]


def _texts(texts: list[str | None], codes: list[Compiled], limits: PairLimits) -> list[tuple[Facts, bool]]:
    """Analyse texts that compile: others might crash the parser. Beside the facts: whether all that a text reaches can be seen."""
    return [
        (facts(text, addresses=limits.crowds), not reach(code).reason)
        if limits.sessions and text and isinstance(code, CodeType)
        else (SESSIONS_OFF, False)
        for text, code in zip(texts, codes, strict=True)
    ]


def _sharing(programs: list[tuple[Facts, bool]], tests: list[tuple[Facts, bool]], canaries: int, *, crowds: bool) -> list[str]:
    """Say how each pair shares processes. The last `canaries` tests do so by proof alone: a program must not know them again."""
    seen = len(tests) - canaries

    def of(program: tuple[Facts, bool], place: int) -> str:
        texts = program[0], tests[place][0]
        if why_impure(*texts):
            return LOOKED if program[1] and tests[place][1] and place < seen else ALONE
        return CROWDED if crowds and not why_apart(*texts) else PROVED

    return ["".join(of(program, place) for place in range(len(tests))) for program in programs]


def _plan(text: str | None, code: Compiled) -> Plan:
    if text is None or isinstance(code, Unusable):
        return Plan()
    try:
        return plan(text, code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Plan(obstacle=f"cannot be read ({type(error).__name__})")
