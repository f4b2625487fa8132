"""Where the metrics of this process go: to a sink, as log lines go to a handler; nowhere until one is set. Knows no Ray."""

from collections.abc import Mapping
from typing import Protocol

from coderm.messages.metric import Metric


class Sink(Protocol):
    """Takes a counter's step, a gauge's value or an observation of a histogram."""

    def __call__(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None: ...


_sinks: list[Sink] = []


def measure_to(sink: Sink | None) -> None:
    """Send what is recorded from now on to a sink; None: nowhere."""
    _sinks[:] = [] if sink is None else [sink]


def record(metric: Metric, value: float = 1.0, **labels: str) -> None:
    """Record one value; costs next to nothing where nobody listens."""
    for sink in _sinks:
        sink(metric, value, labels)
