"""Every metric of the service, with its help text, and how a dashboard shows it; the one place where they are named."""

import re
from dataclasses import dataclass
from typing import Literal

from coderm.messages.metric import SECONDS, Metric

Unit = Literal["s", "short", "percentunit", "reqps", "bool"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart. queries: PromQL by legend; unit: as Grafana names it."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: Unit = "short"

    @property
    def help(self) -> str:
        """Help texts of the metrics that it shows."""
        return " ".join(
            metric.help for metric in METRICS if any(re.search(rf"\b({'|'.join(metric.series)})\b", q) for _, q in self.queries)
        )


RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
COUNTS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1024.0)

REWARDS = Metric("coderm_rewards", "counter", "Programs answered with a reward, by status.", ("status",))
NULLS = Metric("coderm_nulls", "counter", "Programs answered with null, by status: why there is no reward.", ("status",))
REFUSED = Metric("coderm_refused", "counter", "Requests not accepted, by error code.", ("code",))
PAIRS = Metric("coderm_pairs", "counter", "(program, test) pairs of answered programs.")
CACHED = Metric("coderm_cached_pairs", "counter", "Pairs answered from the result cache without a run.")
QUEUE = Metric("coderm_queue_pairs", "gauge", "Pairs accepted and not yet judged.")
SPEED = Metric("coderm_pairs_per_second", "gauge", "Running mean of pairs judged per second while there was work.")
RUNNING = Metric("coderm_calls_in_flight", "gauge", "Calls taken in and not yet answered.")
MOST = Metric("coderm_calls_in_flight_most", "gauge", "Most calls in flight at once since the service started.")
CALL_S = Metric("coderm_call_seconds", "histogram", "Arrival of a call to its last reward, seconds.", buckets=SECONDS)
REWARD_S = Metric("coderm_reward_seconds", "histogram", "Arrival of a call to each of its rewards, seconds.", buckets=SECONDS)
TAIL = Metric(
    "coderm_tail_ratio", "histogram", "Of each call: time of its slowest program over that of its median one.", buckets=RATIOS
)
TESTS = Metric("coderm_tests_per_problem", "histogram", "Tests that judged an item of a call.", buckets=COUNTS)
BUDGET = Metric("coderm_budget_left", "gauge", "Test budget not yet spent, in its unit; NaN: there is no budget.")
UNWRITTEN = Metric("coderm_rollouts_unwritten", "gauge", "Rollouts that `service.rollouts` could not take, as on a full disk.")
READY = Metric("coderm_ready", "gauge", "1: calls are accepted; 0: the service starts, stops, or its scorer is away.")

METRICS = (
    *(REWARDS, NULLS, REFUSED, PAIRS, CACHED, QUEUE, SPEED, RUNNING, MOST),
    *(CALL_S, REWARD_S, TAIL, TESTS, BUDGET, UNWRITTEN, READY),
)


def _quantiles(metric: Metric) -> tuple[tuple[str, str], ...]:
    over = f"sum by (le) (rate({metric.name}_bucket[5m]))"
    return tuple((f"p{round(100 * q)}", f"histogram_quantile({q}, {over})") for q in (0.5, 0.99))


def _rate(metric: Metric, by: str = "") -> str:
    inner = f"(rate({metric.name}_total[1m]))"
    return f"sum by ({by}) {inner}" if by else f"sum{inner}"


_ALL = f"({_rate(REWARDS)} + {_rate(NULLS)})"

PANELS = (
    Panel("Rewards per second", (("{{status}}", _rate(REWARDS, "status")),), "reqps"),
    Panel("Share of null, by reason", (("{{status}}", f"{_rate(NULLS, 'status')} / scalar{_ALL}"),), "percentunit"),
    Panel("Queue (pairs)", (("waiting", QUEUE.name),)),
    Panel("Pairs per second", (("answered", _rate(PAIRS)), ("while busy", SPEED.name))),
    Panel("Calls in flight", (("now", RUNNING.name), ("most", MOST.name))),
    Panel("Time of a call", _quantiles(CALL_S), "s"),
    Panel("Time to a reward", _quantiles(REWARD_S), "s"),
    Panel("Tail: slowest program over the median", _quantiles(TAIL)),
    Panel("Share of pairs from the cache", (("cached", f"{_rate(CACHED)} / {_rate(PAIRS)}"),), "percentunit"),
    Panel("Tests per problem", _quantiles(TESTS)),
    Panel("Test budget left", (("left", BUDGET.name),)),
    Panel("Rollouts not written", (("not written", UNWRITTEN.name),)),
    Panel("Refused requests per second", (("{{code}}", _rate(REFUSED, "code")),), "reqps"),
    Panel("Ready", (("ready", READY.name),), "bool"),
)
