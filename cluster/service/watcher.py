"""A process that outlives `coderm serve` just long enough to end its application where the command was killed.

Nothing runs in a process that dies of SIGKILL, and Serve's actors belong to no process. So the watcher waits for the end of its
stdin: a farewell before it says that all was ended in order. Run as `python -m cluster.service.watcher ADDRESS APPLICATION`.
"""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

FAREWELL = b"ended\n"
MOST_S = 90
"""Longest time that ending may take; a cluster that is gone may keep a caller waiting."""


class Watcher:
    """Watches over this process until `close`; after a kill it ends the application in the cluster at `address`."""

    def __init__(self, address: str, application: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cluster.service.watcher", address, application],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": _python_path()},
            start_new_session=True,
        )

    def close(self) -> None:
        """Say that all was ended in order, and wait until it has gone."""
        self._process.communicate(FAREWELL)


def _python_path() -> str:
    root = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))


def main(address: str, application: str) -> None:
    """Wait for the end of the command, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the command's to handle
    if sys.stdin.buffer.read() == FAREWELL:
        return
    signal.alarm(MOST_S)
    import ray

    from cluster.connect import NAMESPACE
    from cluster.service.standing import applications, end_application

    ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
    if application in applications():
        end_application(application)
    ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
