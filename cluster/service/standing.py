"""Applications of this service in a Ray cluster that outlive their command: the actors of Serve belong to nobody.

An application is called by the run that started it. It is deserted where neither the scoring actor nor the bank of that run is
there: those end with their command.
"""

import contextlib
import io
import time
from collections.abc import Callable

from cluster.connect import NAMESPACE
from coderm.errors import ClusterError

PREFIX = "coderm-"
DESERTED_S = 5.0
"""An actor that died is started anew well within this, so a service that lives has one of them at some moment of it."""
LOOK_S = 0.25


def application_of(run_id: str) -> str:
    """Return the name of a run's application."""
    return PREFIX + run_id


def actor_names(run_id: str) -> tuple[str, str]:
    """Return the names of a run's scoring actor and bank."""
    return f"{run_id}-scoring", f"{run_id}-bank"


def clear_deserted() -> list[str]:
    """End the deserted applications of this service; return their names. Raises ClusterError where Serve runs for others.

    Its address could not be chosen then, and stopping it would stop their work.
    """
    deserted = [name for name in applications() if name.startswith(PREFIX) and is_deserted(name)]
    for name in deserted:
        end_application(name)
    if serve_runs():
        raise ClusterError('Ray Serve runs in this cluster already: end it with `serve shutdown`, or set cluster.address = "local"')
    return deserted


def applications() -> list[str]:
    """Return the names of Serve's applications; none where Serve does not run."""
    from ray import serve

    return list(serve.status().applications) if serve_runs() else []


def serve_runs() -> bool:
    """Whether Serve's controller is there."""
    return _is_there("SERVE_CONTROLLER_ACTOR", "serve")


def is_deserted(name: str, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Whether nobody watches an application: for some seconds neither of its run's actors is there."""
    names = actor_names(name.removeprefix(PREFIX))
    end = clock() + DESERTED_S
    while not any(_is_there(actor, NAMESPACE) for actor in names):
        if clock() > end:
            return True
        sleep(LOOK_S)
    return False


def end_application(name: str) -> None:
    """End one application, and Serve itself where it was the last one."""
    from ray import serve

    with contextlib.redirect_stdout(io.StringIO()):  # Ray tells in red of Serve's own calls that the end cuts off
        if applications() in ([name], []):
            serve.shutdown()
        else:
            serve.delete(name)


def _is_there(name: str, namespace: str) -> bool:
    import ray

    try:
        ray.get_actor(name, namespace=namespace)
    except ValueError:
        return False
    return True
