"""Connects to a Ray cluster or starts a local one; the only place that calls ray.init.

Ray's token authentication stays as Ray sets it, but for one thing: a driver that names an address sends no token by itself, so it
is told to when there is one (`token_mode`).
"""

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coderm.errors import ClusterError

NAMESPACE = "coderm"
OWN = ("local", "ray")
"""Addresses that mean a cluster of one's own; `ray` has one started even where one process would do."""
BUSY = (
    "Ray's own processes did not come up; run again when this machine is less busy, or join a cluster that `ray start --head` began"
)
"""What to do where a cluster of one's own does not start: it has no other setting to advise."""
TRIES = 2
"""Starts of a cluster of one's own; Ray waits 30 s for its own node, which a busy machine may need longer for."""
CONNECT_S = 10.0
"""Longest wait for a cluster named by its address to accept a connection."""
_JOB_MARK = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Set by `ray job submit` for its driver; the job's own working directory then carries the code."""


@contextmanager
def connected(address: str, shown: Mapping[str, str] | None = None) -> Iterator[dict[str, float]]:
    """Join (`auto`, host:port) or start (OWN, or `auto` with none running) a cluster; yield its resources; leave in the end.

    shown: what Ray's dashboard tells of this job, as its metadata.
    Raises ClusterError naming the address and the remedy. A cluster started here ends here; a joined one is left running.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    hint = token_hint(os.environ, Path.home(), address)
    if token := token_mode(os.environ, Path.home(), address):
        print(f"coderm: sending Ray's token ({token}) to the cluster, as with RAY_AUTH_MODE=token", file=sys.stderr)
        os.environ["RAY_AUTH_MODE"] = "token"
    import ray

    try:
        with _signals_kept():
            _join_or_start(address, shown or {})
    except Exception as error:  # noqa: BLE001 - a node that does not come up in time is a bare Exception
        remedy = BUSY if address in OWN else f'start one with `ray start --head` or set cluster.address = "local"{hint}'
        raise ClusterError(f"Ray at {address!r}: {no_connection(error, remedy)}") from None
    try:
        yield {name: float(amount) for name, amount in ray.cluster_resources().items()}
    finally:
        ray.shutdown()


def no_connection(error: Exception, remedy: str) -> str:
    """Why Ray gave no connection, in one line, and what to do."""
    text = " ".join(str(error).split())
    if "Version mismatch" in text:  # of Ray's several lines the first says nothing
        return f"{text[text.index('Version mismatch') :]}; use the same Python and Ray here and on every node"
    reason = str(error).strip().splitlines()[0] if text else type(error).__name__
    return f"{reason}; {remedy}"


def cluster_runs(environ: Mapping[str, str]) -> bool:
    """Whether `auto` would join a cluster: one is named in the environment, or one that was started on this machine listens.

    Told without importing Ray, from the note that `ray start` leaves.
    """
    if environ.get("RAY_ADDRESS"):
        return True
    try:
        noted = (Path(tempfile.gettempdir()) / "ray" / "ray_current_cluster").read_text(encoding="utf-8").strip()
        _check_listening(noted)
    except (OSError, UnicodeDecodeError):
        return False
    return bool(noted)


def token_mode(environ: Mapping[str, str], home: Path, address: str) -> str:
    """Where the token is that a cluster named by its address gets, although nobody set RAY_AUTH_MODE; empty: it gets none."""
    if environ.get("RAY_AUTH_MODE") or not is_named(environ, address):
        return ""
    if environ.get("RAY_AUTH_TOKEN"):
        return "RAY_AUTH_TOKEN"
    file = Path(environ.get("RAY_AUTH_TOKEN_PATH") or home / ".ray" / "auth_token")
    return str(file) if file.is_file() else ""


def is_named(environ: Mapping[str, str], address: str) -> bool:
    """Whether the user says which cluster to join."""
    return address not in OWN and (address != "auto" or bool(environ.get("RAY_ADDRESS")))


def token_hint(environ: Mapping[str, str], home: Path, address: str) -> str:
    """What to try about the token when a cluster does not answer: one that wants another token, or any, stays silent."""
    if not is_named(environ, address):
        return ""
    if token := token_mode(environ, home, address):
        return f"; if its token is not the one in {token}: export RAY_AUTH_TOKEN_PATH=FILE, or RAY_AUTH_MODE=disabled without any"
    if environ.get("RAY_AUTH_MODE") == "token":
        return "; if its token is another one: export RAY_AUTH_TOKEN_PATH=FILE"
    return "; if it asks for a token: copy its ~/.ray/auth_token here and export RAY_AUTH_MODE=token"


def _last_address() -> str:
    """Where `ray start` said a cluster of this machine listens; the note outlives a cluster that was killed."""
    from ray._private.utils import read_ray_address

    return os.environ.get("RAY_ADDRESS") or read_ray_address() or "auto"


def _check_listening(address: str) -> None:
    """Raise OSError when nothing listens at host:port; Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "://" not in address:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()


def _join_or_start(address: str, shown: Mapping[str, str]) -> None:
    import ray
    from ray.job_config import JobConfig

    common: dict[str, Any] = {"namespace": NAMESPACE, "log_to_driver": False, "logging_level": logging.ERROR}
    common["job_config"] = JobConfig(metadata=dict(shown))
    if address not in OWN:
        try:
            _check_listening(_last_address() if address == "auto" else address)
            ray.init(address=address, runtime_env=_own_code(), **common)
        except OSError:  # ConnectionError too: nothing runs there
            if address != "auto" or os.environ.get("RAY_ADDRESS"):
                raise
        else:
            return
    _start_own(common)


def _start_own(common: dict[str, Any]) -> None:
    import ray

    for left in reversed(range(TRIES)):
        try:
            ray.init(address="local", include_dashboard=False, **common)
        except Exception:  # a node that is late is a bare Exception
            ray.shutdown()
            if not left:
                raise
        else:
            return


@contextmanager
def _signals_kept() -> Iterator[None]:
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
