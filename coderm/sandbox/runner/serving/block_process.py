"""The process of one block: waits for its frame, has it taken in, runs it and answers."""

import functools
import os
from typing import Any

from ..confinement.box import Box
from ..confinement.watch import Interrupted
from ..grading import intake
from ..grading.sealed_store import Stores, open_stores, seal
from ..grading.taker import EndOfStream, Taker
from ..processes import intake as cases
from ..processes.block import CaseRun
from ..transport.frames import read_frame, write_frame
from .block import BlockRun
from .rehearsal import rehearse_intake
from .signs_of_life import SignsOfLife

END_OF_STREAM_EXIT = 77
"""Exit status of a block's process that found the stream at its end."""


class BlockProcess:
    """What a fork of a server does with the next block.

    frame: a file in memory for the block's frame. packages: words by which a block is left to the server that has the packages.
    """

    def __init__(self, box: Box, streams: tuple[int, int], frame: int, packages: tuple[str, ...] = ()) -> None:
        self._box = box
        self._inbound, self._outbound = streams
        self._frame = frame
        self._packages = tuple(word.encode() for word in packages)

    def run(self, serial: int, kind: str, answering: int) -> int:
        """Wait for a block and run it; return the exit status. A `kind` says that the block's frame is in the file already.

        Answers with the first serial that is free again, and the kind of a block that is left to the other server.
        """
        stores, signs = open_stores(), SignsOfLife(self._inbound, self._alive)
        taker = self._taker(stores, serial, signs)
        if not kind:
            opening = read_frame(self._inbound)
            kind = "" if opening is None else opening["type"]
        if kind in ("", "cancel"):  # a cancel is of a block that has been answered already
            taker.drop()
            return self._answer(answering, serial) if kind else END_OF_STREAM_EXIT
        try:
            message = taker.take(kind)
        except EndOfStream:
            return END_OF_STREAM_EXIT
        if message.get("type") == "packages":
            return self._answer(answering, serial, kind)
        os.ftruncate(self._frame, 0)
        seal(stores.programs)
        seal(stores.tests)
        return self._answer(answering, self._run(kind, message, stores, signs))

    def _taker(self, stores: Stores, serial: int, signs: SignsOfLife) -> Taker:
        given: dict[str, Any] = {"stores": stores, "box": self._box, "serial": serial, "tick": signs}
        works = {"tests": functools.partial(intake.take_in, **given), "cases": functools.partial(cases.take_in, **given)}
        return Taker(self._inbound, self._frame, works, self._packages, functools.partial(rehearse_intake, self._box))

    def _run(self, kind: str, message: dict[str, Any], stores: Stores, signs: SignsOfLife) -> int:
        """Run what was taken in; return the first serial that is free again."""
        run: CaseRun | BlockRun
        if kind == "cases":
            run = CaseRun(message, stores, self._box, signs, (self._inbound, self._outbound))
        else:
            run = BlockRun(message, stores, self._box, signs, self._outbound)
        signs.listen()
        try:
            run.run()
        except Interrupted:
            write_frame(self._outbound, {"type": "cancelled"})
        return next(run.serials)

    def _answer(self, answering: int, serial: int, kind: str = "") -> int:
        write_frame(answering, {"serial": serial, "kind": kind})
        return 0

    def _alive(self) -> None:
        write_frame(self._outbound, {"type": "alive"})
