"""`coderm serve`: starts everything, watches it, drains on SIGTERM and Ctrl-C, and leaves nothing behind."""

import contextlib
import io
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

from cluster.connect import OWN, connected
from cluster.service.keeping import Kept, Plan, kept_actors, make_plan
from cluster.service.replica import Setup, deployment
from cluster.service.standing import actor_names, application_of, clear_deserted
from cluster.service.watcher import Watcher
from coderm.client.settings import TOKEN_VARIABLE
from coderm.config.service import ServiceConfig
from coderm.errors import ClusterError
from coderm.logs import logging_to
from coderm.sandbox.containers.sweep import sweep_in_passing
from coderm.service.auth import Token, check_bind, find_token

LOOK_S = 1.0
"""Between two looks at the actors."""
RAY_SETTINGS = {
    "RAY_SERVE_LOG_TO_STDERR": "0",  # its log files have what it tells of its own doing
    "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "1",  # between two looks; it starts another after three in vain, by itself every 10 s
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",  # by itself 5 s: on a busy machine it ends the proxy while that still starts
    "RAY_worker_niceness": "0",  # by itself 15: sandboxes and whatever else runs would leave the service no time
    "RAY_task_events_report_interval_ms": "0",  # nobody asks a cluster of this command's own for its tasks
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.3",  # ten looks a second at one replica take 2.5 % of a core
    "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "5000",  # Serve's own metrics, ten times a second in proxy and replica
}
"""What Ray and Ray Serve read from the environment; a user's own values stay."""
DRAIN_MARGIN_S = 30.0
"""What the replica may take to tell that it is drained, beyond `service.drain_s`."""


def run_service(config: ServiceConfig) -> int:
    """Serve until told to stop; then finish what was accepted and return 0.

    Raises ConfigError before anything is started, InfrastructureError naming the remedy, KeyboardInterrupt while it starts.
    """
    token = find_token(os.environ)
    check_bind(config.service.host, token)
    if config.cluster.address in OWN:  # in a cluster that is joined, a deserted service may listen there
        _check_port(config.service.host, config.service.port)
    _tell_ray()
    with (
        connected(config.cluster.address, {"watch": f"coderm watch {_address(config)}"}) as resources,
        contextlib.ExitStack() as stack,
    ):
        for name in clear_deserted():
            print(f"coderm: ended {name}, whose command was killed", file=sys.stderr, flush=True)
        _check_port(config.service.host, config.service.port)
        plan = make_plan(config, resources)
        stack.callback(_watcher(plan).close)
        stack.enter_context(logging_to(plan.log("driver")))
        stack.callback(sweep_in_passing, config.sandbox)
        kept = kept_actors(plan)
        for actor in kept:
            stack.callback(actor.close)
            actor.start()
        with _told_to_stop() as stop, _serving(plan, token) as handle:  # HTTP may answer before Serve says that it does
            _announce(config, token)
            _watch(kept, stop)
            drained = _drain(handle, config.service.drain_s)
    print("coderm: stopped" + ("" if drained else "; calls that took too long were answered with nulls"), flush=True)
    return 0


@contextlib.contextmanager
def _serving(plan: Plan, token: Token) -> Iterator[Any]:
    """Start Ray Serve with the application; yield the replica's handle; stop Serve in the end."""
    from ray import serve

    try:
        yield _started(plan, token)
    finally:
        with contextlib.redirect_stdout(io.StringIO()):  # Ray tells in red of Serve's own calls that the end cuts off
            serve.shutdown()


def _started(plan: Plan, token: Token) -> Any:
    import ray
    from ray import serve

    section = plan.config.service
    setup = Setup(plan.config, token.digest, *actor_names(plan.run_id), plan.log("service"))
    logs = {"enable_access_log": False, "log_level": "WARNING"}
    try:
        # No request_timeout_s: it would count the queue and whole streams, and cut these without a last line.
        serve.start(proxy_location="HeadOnly", http_options={"host": section.host, "port": section.port}, logging_config=logs)
        return serve.run(deployment(setup), name=application_of(plan.run_id), route_prefix="/", logging_config=logs)
    except (ray.exceptions.RayError, TimeoutError) as error:
        reason = str(error).splitlines()[0] or type(error).__name__
        raise ClusterError(f"the service does not come up: {reason}; is the machine busy? try again, or see `ray status`") from None
    except RuntimeError as error:
        where = f"{section.host}:{section.port}"
        raise ClusterError(f"the service does not start: {str(error).splitlines()[0]}; is {where} free?") from None


def _check_port(host: str, port: int) -> None:
    """Raise ClusterError when something listens there already: Serve would try for ever."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), port), family=family).close()
    except OSError as error:
        raise ClusterError(f"{host}:{port}: cannot be listened at ({error.strerror}); give another service.port") from None


def _watcher(plan: Plan) -> Watcher:
    import ray

    return Watcher(ray.get_runtime_context().gcs_address, application_of(plan.run_id))


@contextlib.contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; a second one interrupts the draining."""
    stop = threading.Event()

    def told(number: int, frame: object) -> None:
        if stop.is_set():
            for other in (signal.SIGINT, signal.SIGTERM):
                signal.signal(other, signal.SIG_IGN)
            raise KeyboardInterrupt
        print("coderm: draining; once more ends it at once ...", file=sys.stderr, flush=True)
        stop.set()

    former = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _watch(kept: tuple[Kept, ...], stop: threading.Event) -> None:
    while not stop.wait(LOOK_S):
        for actor in kept:
            actor.look()


def _drain(handle: Any, drain_s: float) -> bool:
    import ray

    try:
        return bool(handle.drain.remote().result(timeout_s=drain_s + DRAIN_MARGIN_S))
    except (TimeoutError, ray.exceptions.RayError):
        return False


def _announce(config: ServiceConfig, token: Token) -> None:
    print(f"coderm: serving at {_address(config)} (a page about it: /docs)")
    told = f"that of {TOKEN_VARIABLE}" if token.given else token.text
    print(f"coderm: token: {told}", flush=True)


def _address(config: ServiceConfig) -> str:
    host = f"[{config.service.host}]" if ":" in config.service.host else config.service.host
    return f"http://{host}:{config.service.port}"


def _tell_ray() -> None:
    os.environ.update({**RAY_SETTINGS, **os.environ})
