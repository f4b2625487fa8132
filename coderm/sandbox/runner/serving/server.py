"""A server: forks a process per frame, which waits for it, runs the block and answers.

It never runs candidate code, never reads a frame, and keeps nothing between blocks.
"""

import functools
import os
import select
import signal
import time
from typing import Any

from ..confinement.process_tree import become_subreaper, kill_descendants, reap_ended, run_and_exit
from ..transport.frames import read_frame, write_frame
from .block_process import END_OF_STREAM_EXIT, BlockProcess

SETTLE_S = 5.0
"""Longest wait for the last processes to go when the owner has left."""


class Server:
    """Serves blocks one after the other, as it is told on one pipe; tells how they ended on another."""

    def __init__(self, block: BlockProcess, inbound: int) -> None:
        self._block = block
        self._inbound = inbound

    def serve(self, asked: int, answering: int) -> int:
        """Serve until the pipe or the stream ends; return an exit status. SystemExit when a block's process died."""
        become_subreaper()
        while (asking := read_frame(asked)) is not None and (answer := self._serve_one(asking)) is not None:
            write_frame(answering, answer)
        return 0

    def _serve_one(self, asking: dict[str, Any]) -> dict[str, Any] | None:
        """Return what the process of the next block says at its end; None at the end of the stream."""
        answers, answering = os.pipe()
        pid = os.fork()
        if pid == 0:
            run_and_exit(functools.partial(self._block.run, asking["serial"], asking["kind"], answering))
        os.close(answering)
        answer = read_frame(answers) if self._wait(pid) else None
        os.close(answers)
        return answer

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
