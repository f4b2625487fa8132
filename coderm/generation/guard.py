"""A small process that outlives this one just long enough to end the engine's children.

vLLM's engine core does not notice that its parent was killed; it would keep the weights in memory for ever. The guard waits
for the end of its stdin, which comes when the parent closes it or dies of anything, SIGKILL included. Then it kills every
process that carries the mark in its environment, from the first moment of start-up on. Run as a script; stdlib only.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MARK = "CODERM_ENGINE_MARK"
"""Environment variable that every process of one engine inherits."""
SWEEPS = 50
"""Most rounds of killing; one or two are needed, more when processes are being started meanwhile."""
PAUSE_S = 0.1


class EngineGuard:
    """Marks child processes started between `open` and `unmark`; `close` ends those that are left."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Start the guard process and mark every process started from now on."""
        mark = secrets.token_hex(16)
        environment = {key: value for key, value in os.environ.items() if key != MARK}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, mark], stdin=subprocess.PIPE, env=environment, start_new_session=True
        )
        os.environ[MARK] = mark

    def unmark(self) -> None:
        """Leave later child processes of this one alone."""
        os.environ.pop(MARK, None)

    def close(self) -> None:
        """End what is left of the engine and wait until it is gone; safe to call twice."""
        process, self._process = self._process, None
        self.unmark()
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def sweep(mark: str) -> None:
    """Kill the marked processes until none is left."""
    for _ in range(SWEEPS):
        found = list(marked(mark))
        if not found:
            return
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE_S)


def marked(mark: str) -> Iterator[int]:
    """Yield the ids of live processes with the mark; multiprocessing's resource tracker ends by itself, and is let be."""
    needle = f"{MARK}={mark}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environment = (entry / "environ").read_bytes().split(b"\0")
            if needle in environment and b"resource_tracker" not in (entry / "cmdline").read_bytes():
                yield int(entry.name)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    sys.stdin.buffer.read()
    sweep(sys.argv[1])
