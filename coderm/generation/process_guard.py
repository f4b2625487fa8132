"""A small process that outlives this one just long enough to end the engine's children and remove their sockets.

vLLM's engine core does not notice that its parent was killed; it would keep the weights in memory for ever. The guard waits
for the end of its stdin, which comes when the parent closes it or dies of anything, SIGKILL included. Then it kills every
process that carries the mark in its environment, from the first moment of start-up on, and removes the directory in which
vLLM keeps its sockets, since vLLM itself leaves them. Run as a script; stdlib only.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

MARK = "CODERM_ENGINE_MARK"
"""Environment variable that every process of one engine inherits."""
SOCKETS = "VLLM_RPC_BASE_PATH"
"""Environment variable that tells vLLM where to put its sockets."""
SWEEPS = 50
"""Most rounds of killing; one or two are needed, more when processes are being started meanwhile."""
PAUSE_S = 0.1


class EngineGuard:
    """Marks child processes started between `open` and `unmark` and houses their sockets; `close` ends what is left of both."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._mark = ""

    def open(self) -> None:
        """Start the guard process and mark every process started from now on."""
        mark = self._mark = secrets.token_hex(16)
        environment = {key: value for key, value in os.environ.items() if key != MARK}
        sockets = tempfile.mkdtemp(prefix="coderm-engine-")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, mark, sockets], stdin=subprocess.PIPE, env=environment, start_new_session=True
        )
        os.environ |= {MARK: mark, SOCKETS: sockets}

    def unmark(self) -> None:
        """Leave later child processes of this one alone; another guard's mark stays."""
        if os.environ.get(MARK) == self._mark:
            for name in (MARK, SOCKETS):
                os.environ.pop(name, None)

    def kill(self) -> None:
        """End what is marked now; what is started later is still marked, and ended by `close` or with this process."""
        if self._process is not None:
            sweep(self._mark)

    def close(self) -> None:
        """End what is left of the engine and wait until it is gone; safe to call twice."""
        process, self._process = self._process, None
        self.unmark()
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def sweep(mark: str) -> None:
    """Kill the marked processes until two looks in a row find none: one that was just forked shows no mark yet."""
    empty = 0
    for _ in range(SWEEPS):
        found = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if carries(pid, mark)]
        for pid in found:
            _kill(pid, mark)
        empty = 0 if found else empty + 1
        if empty == 2:
            return
        time.sleep(PAUSE_S)


def carries(pid: int, mark: str) -> bool:
    """Whether a live process has the mark; multiprocessing's resource tracker ends by itself, and is let be."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        tracker = b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return f"{MARK}={mark}".encode() in environment and not tracker


def _kill(pid: int, mark: str) -> None:
    """Kill the process that carries the mark, and none that took its pid meanwhile: a pidfd stays with its process."""
    with suppress(OSError):
        pidfd = os.pidfd_open(pid)
        try:
            if carries(pid, mark):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        finally:
            os.close(pidfd)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    sys.stdin.buffer.read()
    sweep(sys.argv[1])
    shutil.rmtree(sys.argv[2], ignore_errors=True)
