"""The server: forks a process per frame, which runs the block and answers. It ends when its stdin closes.

It never runs candidate code, never reads a frame, and keeps nothing between blocks but a serial number.
"""

import functools
import itertools
import os
import select
import signal
import time
from collections.abc import Iterator
from typing import Any

from ..confinement.box import Box
from ..confinement.process_tree import become_subreaper, kill_descendants, reap_ended, run_and_exit
from ..confinement.watch import Interrupted
from ..grading.intake import EndOfStream
from ..processes.block import CaseRun
from ..transport.frames import read_frame, write_frame
from .block import BlockRun
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
        """Answer frames until the stream ends. Raises FrameError on a broken one."""
        become_subreaper()
        write_frame(self._outbound, {"type": "ready", **greeting})
        while self._wait_for_frame():
            serial_reader, serial_writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                run_and_exit(functools.partial(self._run_block, serial_writer))
            os.close(serial_writer)
            if not self._wait(pid):
                return
            self._serial = int.from_bytes(os.read(serial_reader, 8), "big")
            os.close(serial_reader)

    def _wait_for_frame(self) -> bool:
        """Wait for a frame without reading it, since this process is where candidates come from; False at the stream's end."""
        poller = select.poll()
        poller.register(self._inbound, select.POLLIN)
        return any(event & select.POLLIN for _, event in poller.poll())

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
        """Run one block and answer, in a process of its own; return its exit status."""
        kind = read_frame(self._inbound)
        if kind is None:
            return END_OF_STREAM_EXIT
        if kind["type"] == "cancel":  # of a block that has been answered already
            serials: Iterator[int] = itertools.count(self._serial)
        else:
            try:
                serials = self._run_cases() if kind["type"] == "cases" else self._run_tests()
            except EndOfStream:
                return END_OF_STREAM_EXIT
        os.write(serial_writer, next(serials).to_bytes(8, "big"))
        return 0

    def _run_tests(self) -> Iterator[int]:
        signs = SignsOfLife(self._inbound, self._alive)
        run = BlockRun(self._inbound, self._box, self._serial, signs)
        signs.listen()
        try:
            write_frame(self._outbound, run.run())
        except Interrupted:
            write_frame(self._outbound, {"type": "cancelled"})
        return run.serials

    def _run_cases(self) -> Iterator[int]:
        signs = SignsOfLife(self._inbound, self._alive)
        run = CaseRun(self._inbound, self._outbound, self._box, self._serial, signs)
        signs.listen()
        try:
            run.run()
        except Interrupted:
            write_frame(self._outbound, {"type": "cancelled"})
        return run.serials

    def _alive(self) -> None:
        write_frame(self._outbound, {"type": "alive"})
