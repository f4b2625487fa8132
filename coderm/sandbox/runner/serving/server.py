"""The server: forks a process per frame, which waits for it, runs the block and answers. It ends when its stdin closes.

It never runs candidate code, never reads a frame, and keeps nothing between blocks but a serial number.
"""

import functools
import os
import select
import signal
import time
from typing import Any

from ..confinement.box import Box
from ..confinement.process_tree import become_subreaper, kill_descendants, reap_ended, run_and_exit
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
SETTLE_S = 5.0
"""Longest wait for the last processes to go when the owner has left."""


def claim_streams() -> tuple[int, int]:
    """Move the frames to private descriptors; leave /dev/null as stdin and stdout for everybody else."""
    inbound, outbound = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return inbound, outbound


class Server:
    """Serves blocks one after the other."""

    def __init__(self, box: Box, inbound: int, outbound: int) -> None:
        self._box = box
        self._inbound = inbound
        self._outbound = outbound
        self._serial = 0

    def serve(self, greeting: dict[str, Any]) -> None:
        """Answer frames until the stream ends. Raises FrameError on a broken one.

        The process of the next block is forked before its frame comes.
        """
        become_subreaper()
        write_frame(self._outbound, {"type": "ready", **greeting})
        while True:
            serial_reader, serial_writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                run_and_exit(functools.partial(self._run_block, serial_writer))
            os.close(serial_writer)
            if not self._wait(pid):
                return
            self._serial = int.from_bytes(os.read(serial_reader, 8), "big")
            os.close(serial_reader)

    def _wait(self, pid: int) -> bool:
        """Wait for the block's process; False when the owner has left. SystemExit when it died."""
        pidfd = os.pidfd_open(pid)
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        poller.register(self._inbound, 0)  # only POLLHUP and POLLERR
        ready = {fd for fd, _ in poller.poll()}
        os.close(pidfd)
        if pidfd not in ready:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self._remove_orphans()
        if pidfd in ready and os.waitstatus_to_exitcode(status) == END_OF_STREAM_EXIT:
            return False
        if pidfd in ready and status != 0:
            raise SystemExit(f"the block's process ended with status {status}")
        return pidfd in ready

    def _remove_orphans(self) -> None:
        """After a block that died: nothing it forked may stay."""
        give_up = time.monotonic() + SETTLE_S
        while not reap_ended()[0] and time.monotonic() < give_up:
            kill_descendants(os.getpid())
            time.sleep(0.001)

    def _run_block(self, serial_writer: int) -> int:
        """Wait for a block, run it and answer, in a process of its own; return its exit status."""
        stores, signs = open_stores(), SignsOfLife(self._inbound, self._alive)
        given = {"stores": stores, "box": self._box, "serial": self._serial, "tick": signs}
        works = {"tests": functools.partial(intake.take_in, **given), "cases": functools.partial(cases.take_in, **given)}
        taker = Taker(self._inbound, works, functools.partial(rehearse_intake, self._box))
        kind = read_frame(self._inbound)
        if kind is None or kind["type"] == "cancel":  # of a block that has been answered already
            taker.drop()
            if kind is None:
                return END_OF_STREAM_EXIT
            serial = self._serial
        else:
            try:
                message = taker.take(kind["type"])
            except EndOfStream:
                return END_OF_STREAM_EXIT
            seal(stores.programs)
            seal(stores.tests)
            serial = self._run(kind["type"], message, stores, signs)
        os.write(serial_writer, serial.to_bytes(8, "big"))
        return 0

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

    def _alive(self) -> None:
        write_frame(self._outbound, {"type": "alive"})
