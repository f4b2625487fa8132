"""Connects to a Ray cluster or starts a local one; the only place that calls ray.init.

Ray's token authentication stays as Ray sets it: on for local clusters, and a running cluster's token is used when there is one.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coderm.errors import ClusterError

NAMESPACE = "coderm"
PROBE_S = 10.0
"""Longest wait for a cluster named by its address to accept a connection."""
_JOB_MARK = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Set by `ray job submit` for its driver; the job's own working directory then carries the code."""


@contextmanager
def connected(address: str) -> Iterator[dict[str, float]]:
    """Join (`auto`, host:port) or start (`local`, or `auto` with none running) a cluster; yield its resources; leave in the end.

    Raises ClusterError naming the address and the remedy. A cluster started here ends here; a joined one is left running.
    """
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        with _own_signals():
            _join_or_start(address)
    except Exception as error:  # noqa: BLE001 - a node that does not come up in time is a bare Exception
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        remedy = f'start one with `ray start --head` or set cluster.address = "local"{_token_hint(address)}'
        raise ClusterError(f"Ray at {address!r}: {reason}; {remedy}") from None
    try:
        yield {name: float(amount) for name, amount in ray.cluster_resources().items()}
    finally:
        ray.shutdown()


def _token_hint(address: str) -> str:
    """Ray sends its token to a cluster named by address only when told to; without it a cluster that asks for one is silent."""
    if address in ("auto", "local") or os.environ.get("RAY_AUTH_MODE"):
        return ""
    return "; if the cluster asks for a token: export RAY_AUTH_MODE=token"


def _noted() -> str:
    """Where `ray start` said a cluster of this machine listens; the note outlives a cluster that was killed."""
    from ray._private.utils import read_ray_address

    return os.environ.get("RAY_ADDRESS") or read_ray_address() or "auto"


def _probe(address: str) -> None:
    """Raise OSError when nothing listens at host:port; Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "://" not in address:
        socket.create_connection((host.strip("[]"), int(port)), PROBE_S).close()


def _join_or_start(address: str) -> None:
    import ray

    common: dict[str, Any] = {"namespace": NAMESPACE, "log_to_driver": False, "logging_level": logging.ERROR}
    if address != "local":
        try:
            _probe(_noted() if address == "auto" else address)
            ray.init(address=address, runtime_env=_own_code(), **common)
        except OSError:  # ConnectionError too: nothing runs there
            if address != "auto" or os.environ.get("RAY_ADDRESS"):
                raise
        else:
            return
    ray.init(address="local", include_dashboard=False, **common)


@contextmanager
def _own_signals() -> Iterator[None]:
    """Put back the handlers that Ray replaces while it connects; its own would end this process before anything is removed."""
    main = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)} if main else {}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _own_code() -> dict[str, Any] | None:
    """Ship this checkout's packages to every node of a joined cluster, unless `ray job submit` did so already."""
    if os.environ.get(_JOB_MARK):
        return None
    root = Path(__file__).resolve().parent.parent
    return {"py_modules": [str(root / name) for name in ("coderm", "actors", "cluster")]}
