"""Calls to the Docker engine: each with a deadline and one retry, each failure an EngineError that names the remedy.

About one call in a thousand hangs; no block waits for a call. The docker package is imported on first use.
"""

import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from coderm.errors import EngineError
from coderm.janitor import start_time

T = TypeVar("T")
LABEL_OWNER = "coderm.owner"
LABEL_RUN = "coderm.run"
LABEL_EXPIRES = "coderm.expires"
LABEL_UPTIME = "coderm.expires_uptime"
"""Like LABEL_EXPIRES, in seconds since the machine's start: for whoever is on the owner's host."""
LABEL_RUNNER = "coderm.runner"
"""On the image: digest of the runner's sources."""
START_ENGINE = "start it with `sudo dockerd` or `make setup`"
SLOW_ENGINE = "it runs, but answers too slowly: raise sandbox.engine_timeout_s, or restart an engine that hangs"


def connect(timeout_s: float) -> Any:
    """Return a docker.APIClient. Raises EngineError when no engine answers."""
    import docker

    def attempt() -> Any:
        return docker.APIClient(**docker.utils.kwargs_from_env(), version="auto", timeout=timeout_s)

    return call(attempt, "answer")


def call(operation: Callable[[], T], what: str, *, retry: bool = True) -> T:
    """Run one engine call, once more when it hung or the connection broke; NotFound rises as it is."""
    import docker.errors
    import requests.exceptions

    broken = (requests.exceptions.Timeout, requests.exceptions.ConnectionError)
    try:
        return operation()
    except docker.errors.NotFound:
        raise
    except broken as error:
        if retry:
            return call(operation, what, retry=False)
        raise EngineError(f"the Docker engine does not {what} ({_short(error)}); {_remedy(error)}") from None
    except docker.errors.APIError as error:
        raise EngineError(f"the Docker engine refuses to {what}: {error.explanation or error}") from None
    except docker.errors.DockerException as error:
        raise EngineError(f"the Docker engine does not {what} ({_short(error)}); {_remedy(error)}") from None


def _remedy(error: BaseException) -> str:
    """An engine that takes a connection runs; the client wraps what came of its first question."""
    import requests.exceptions

    slow = any(isinstance(one, requests.exceptions.ReadTimeout) for one in (error, error.__cause__))
    return SLOW_ENGINE if slow else START_ENGINE


def is_missing(error: BaseException) -> bool:
    """Tell whether an exception means that the container or image does not exist."""
    import docker.errors

    return isinstance(error, docker.errors.NotFound)


def inspect_image(client: Any, image: str) -> Any:
    """Describe an image; None where it does not exist."""
    try:
        return call(lambda: client.inspect_image(image), "inspect the image")
    except Exception as error:
        if is_missing(error):
            return None
        raise


def remove_container(client: Any, name: str) -> None:
    """Kill and remove a container; one that is gone or going is fine."""
    import docker.errors

    def attempt() -> None:
        try:
            client.remove_container(name, force=True, v=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as error:
            if error.status_code != 409:  # removal already in progress
                raise

    call(attempt, f"remove container {name}")


def owner_label() -> str:
    """Name this process for a label: host and pid namespace, pid, start time."""
    return f"{host_id()}:{os.getpid()}:{start_time(os.getpid())}"


def host_id() -> str:
    """Name this boot of this machine and the pid namespace, within which a pid means one process."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"


def uptime() -> float:
    """Seconds since this machine was started, suspended ones included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:160]}"
