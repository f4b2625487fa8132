"""A small process that outlives this one just long enough to end what it left running and to remove its directories.

`finally` and atexit do not run in a process that dies of SIGKILL. Ray ends its actors that way, and first kills their child
processes, those of another session too. So the janitor is no child: it is started through a shell that ends at once. It waits
for the end of its stdin, which comes when its owner closes it or dies of anything. Run as a script; stdlib only.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

SWEEPS = 50
"""Most rounds of killing; one or two are needed, more when processes are being started meanwhile."""
PAUSE_S = 0.1
REMOVALS = 50
"""Most tries to remove a directory; a process that is just ending may still write to it."""
START = 'exec 3<&0; "$@" <&3 3<&- & exit 0'
"""The shell's text: a process in the background reads from /dev/null unless it is told otherwise."""


class Janitor:
    """Removes `directories` and kills every process that has `mark` in its environment, once this process closes it or is gone.

    `mark` is `NAME=value`; empty: no process is killed. Raises OSError where no process can be started.
    """

    def __init__(self, directories: Sequence[str | Path], mark: str = "") -> None:
        name = mark.partition("=")[0]
        environment = {key: value for key, value in os.environ.items() if key != name}
        script = [sys.executable, "-I", "-S", __file__, "--mark", mark, *map(str, directories)]
        shell = subprocess.Popen(
            ["/bin/sh", "-c", START, "sh", *script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        assert shell.stdin is not None
        assert shell.stdout is not None
        self._alive, self._ended = shell.stdin, shell.stdout
        shell.wait()

    def close(self) -> None:
        """Have it done now and wait until it is; safe to call twice."""
        if not self._alive.closed:
            self._alive.close()
            self._ended.read()  # ends with the janitor
            self._ended.close()


def kept_directory(prefix: str, mark: str = "") -> tuple[str, Janitor]:
    """Make a directory among the temporary ones, of a name that begins so; its janitor is there before it is."""
    path = os.path.join(tempfile.gettempdir(), prefix + secrets.token_urlsafe(6))
    janitor = Janitor([path], mark)
    os.mkdir(path, 0o700)
    return path, janitor


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
    return mark.encode() in environment and not tracker


def start_time(pid: int) -> int | None:
    """Return a process's start in clock ticks since boot; None when there is no such process or it is a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def remove(directory: str) -> None:
    """Remove a directory and all in it, links themselves only; what cannot be removed is left without a word.

    rm copes with trees that are too deep for shutil.rmtree.
    """
    for _ in range(REMOVALS):
        subprocess.run(["rm", "-rf", "--", directory], stderr=subprocess.DEVNULL)
        if not os.path.lexists(directory):
            return
        time.sleep(PAUSE_S)


def _kill(pid: int, mark: str) -> None:
    """Kill the process that carries the mark, and none that took its pid meanwhile: a pidfd stays with its process."""
    with suppress(OSError):
        pidfd = os.pidfd_open(pid)
        try:
            if carries(pid, mark):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        finally:
            os.close(pidfd)


def main() -> None:
    """Wait for the owner's end, then tidy up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mark", default="")
    parser.add_argument("directories", nargs="*")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the owner's to handle
    sys.stdin.buffer.read()
    if options.mark:
        sweep(options.mark)
    for directory in options.directories:
        remove(directory)


if __name__ == "__main__":
    main()
