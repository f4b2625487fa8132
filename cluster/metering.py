"""The sink of a run on a cluster: ray.util.metrics, which Ray's agents export for Prometheus."""

from collections.abc import Mapping
from typing import Any

from coderm.messages.metric import Metric


class RaySink:
    """Makes each metric of Ray when it is first recorded; run: goes along as a label."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._made: dict[str, Any] = {}

    def __call__(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        made = self._made.get(metric.name) or self._make(metric)
        step = {"counter": "inc", "gauge": "set", "histogram": "observe"}[metric.kind]
        if value or metric.kind != "counter":  # Ray refuses a step of 0
            getattr(made, step)(value, tags=dict(labels))

    def _make(self, metric: Metric) -> Any:
        from ray.util import metrics

        words: dict[str, Any] = {"description": metric.help, "tag_keys": (*metric.labels, "run")}
        match metric.kind:
            case "counter":
                made: Any = metrics.Counter(metric.name, **words)
            case "gauge":
                made = metrics.Gauge(metric.name, **words)
            case "histogram":
                made = metrics.Histogram(metric.name, boundaries=list(metric.buckets), **words)
        made.set_default_tags({"run": self._run})
        self._made[metric.name] = made
        return made
