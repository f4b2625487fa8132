"""Counts what the service does, in the metrics of `coderm.service.metrics`."""

import statistics
from collections.abc import Sequence
from typing import Any

from coderm.client.contract import ProgramReward
from coderm.messages.metric import Metric
from coderm.service import metrics
from coderm.service.jobs import Job


class Watched:
    """The metrics of one service, in a registry of its own. Needs prometheus_client."""

    def __init__(self) -> None:
        import prometheus_client

        self._registry = prometheus_client.CollectorRegistry()
        kinds = {"counter": prometheus_client.Counter, "gauge": prometheus_client.Gauge, "histogram": prometheus_client.Histogram}
        self._by_name: dict[str, Any] = {}
        for metric in metrics.METRICS:
            more: dict[str, Any] = {"buckets": metric.buckets} if metric.buckets else {}
            made = kinds[metric.kind](metric.name, metric.help, metric.labels, registry=self._registry, **more)
            self._by_name[metric.name] = made
        self._most = 0

    def text(self) -> bytes:
        """Everything counted so far, in Prometheus's text format."""
        import prometheus_client

        return prometheus_client.generate_latest(self._registry)

    def refused(self, code: str) -> None:
        """Count a request that was not accepted."""
        self._of(metrics.REFUSED).labels(code).inc()

    def running(self, calls: int) -> None:
        """Note how many calls are in flight."""
        self._most = max(self._most, calls)
        self._of(metrics.RUNNING).set(calls)
        self._of(metrics.MOST).set(self._most)

    def queue(self, pairs: int, pairs_per_s: float, calls: int) -> None:
        """Set the queue's gauges."""
        self._of(metrics.QUEUE).set(pairs)
        self._of(metrics.SPEED).set(pairs_per_s)
        self.running(calls)

    def unwritten(self, rollouts: int) -> None:
        """Set how many rollouts the log could not take."""
        self._of(metrics.UNWRITTEN).set(rollouts)

    def ready(self, ready: bool) -> None:
        """Set whether calls are accepted."""
        self._of(metrics.READY).set(int(ready))

    def budget(self, left: float | None) -> None:
        """Set the budget's gauge."""
        self._of(metrics.BUDGET).set(float("nan") if left is None else left)

    def tests(self, counts: Sequence[int]) -> None:
        """Count the tests of a call's items."""
        for count in counts:
            self._of(metrics.TESTS).observe(count)

    def call(self, job: Job, seconds: float) -> None:
        """Count a call that has ended; seconds: since its arrival."""
        self._of(metrics.CALL_S).observe(seconds)
        for reward, elapsed in zip(job.rewards, job.times, strict=True):
            self._of(metrics.REWARD_S).observe(elapsed)
            self._reward(reward)
        median = statistics.median(job.times) if job.times else 0.0
        if len(job.times) > 1 and median > 0:
            self._of(metrics.TAIL).observe(max(job.times) / median)

    def _reward(self, reward: ProgramReward) -> None:
        self._of(metrics.NULLS if reward.reward is None else metrics.REWARDS).labels(reward.status).inc()
        self._of(metrics.PAIRS).inc(reward.tests)
        self._of(metrics.CACHED).inc(reward.cached)

    def _of(self, metric: Metric) -> Any:
        return self._by_name[metric.name]
