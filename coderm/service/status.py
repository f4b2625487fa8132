"""The figures of a running service as a table for a person, read from its `/metrics`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.table import Table

from coderm.client.settings import TOKEN_VARIABLE, ClientSettings
from coderm.errors import ClusterError, ConfigError
from coderm.messages.metric import Metric
from coderm.service import metrics

ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a scrape."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Scrape:
    """What a scrape showed."""

    samples: tuple[Sample, ...] = field(default_factory=tuple)

    def total(self, name: str) -> float:
        """Sum of a series over its labels."""
        return sum(sample.value for sample in self.samples if sample.name == name)

    def by(self, name: str, label: str) -> dict[str, float]:
        """A series by one label, the largest first."""
        found = {sample.labels[label]: sample.value for sample in self.samples if sample.name == name and sample.value}
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def quantile(self, metric: Metric, share: float) -> float:
        """Upper bound of the bucket that a quantile lies in; NaN where nothing was counted."""
        buckets = [(float(s.labels["le"]), s.value) for s in self.samples if s.name == f"{metric.name}_bucket"]
        whole = max((count for _, count in buckets), default=0.0)
        return next((bound for bound, count in sorted(buckets) if whole and count >= share * whole), math.nan)


def parse_scrape(text: str) -> Scrape:
    """Read Prometheus's text format."""
    from prometheus_client.parser import text_string_to_metric_families

    families = text_string_to_metric_families(text)
    return Scrape(tuple(Sample(item.name, item.labels, item.value) for family in families for item in family.samples))


def print_status(url: str, console: Console) -> int:
    """Print the figures of the service at an address; raises ClusterError, ConfigError with the remedy."""
    where = ClientSettings(base_url=url).url
    table = Table(title=f"reward service at {where}", show_header=False)
    for name, value in rows(scraped(url)):
        table.add_row(name, value)
    console.print(table)
    return 0


def scraped(url: str) -> Scrape:
    """Ask the service at an address for its figures; raises ClusterError, ConfigError with the remedy."""
    settings = ClientSettings(base_url=url)
    where = settings.url
    try:
        answer = httpx.get(f"{where}/metrics", headers=settings.headers(), timeout=ANSWER_S, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ClusterError(
            f"{where}: no answer ({type(error).__name__}); is `coderm serve` running there? else give its address"
        ) from None
    if answer.status_code == 401:
        raise ConfigError(f"{where}: wrong or missing token; export {TOKEN_VARIABLE}=TOKEN, as the service printed it at its start")
    if answer.status_code != 200:
        raise ClusterError(f"{where}: answered {answer.status_code}; is it `coderm serve` that runs there?")
    return parse_scrape(answer.text)


def rows(scrape: Scrape) -> Sequence[tuple[str, str]]:
    """What is told, line by line."""
    rewards, nulls = scrape.total("coderm_rewards_total"), scrape.total("coderm_nulls_total")
    pairs, cached = scrape.total("coderm_pairs_total"), scrape.total("coderm_cached_pairs_total")
    left = scrape.total(metrics.BUDGET.name)
    problems = scrape.total(f"{metrics.TESTS.name}_count")
    return (
        ("state", "ready" if scrape.total(metrics.READY.name) else "not ready"),
        ("rewards", f"{rewards:.0f}{_parts(scrape.by('coderm_rewards_total', 'status'))}"),
        ("nulls", f"{nulls:.0f} ({_share(nulls, nulls + rewards)}){_parts(scrape.by('coderm_nulls_total', 'status'))}"),
        ("refused", f"{scrape.total('coderm_refused_total'):.0f}{_parts(scrape.by('coderm_refused_total', 'code'))}"),
        ("queue", f"{scrape.total(metrics.QUEUE.name):.0f} pairs"),
        ("speed", f"{scrape.total(metrics.SPEED.name):.0f} pairs/s"),
        ("calls in flight", f"{scrape.total(metrics.RUNNING.name):.0f}, most {scrape.total(metrics.MOST.name):.0f}"),
        ("time of a call", _quantiles(scrape, metrics.CALL_S, " s")),
        ("tail: slowest over median", _quantiles(scrape, metrics.TAIL, "")),
        ("pairs", f"{pairs:.0f}, from the cache {_share(cached, pairs)}"),
        ("tests per problem", f"{scrape.total(f'{metrics.TESTS.name}_sum') / problems:.1f}" if problems else "-"),
        ("test budget left", "-" if math.isnan(left) else f"{left:.0f}"),
    )


def _parts(found: Mapping[str, float]) -> str:
    return "".join(f"  {name} {count:.0f}" for name, count in found.items())


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _quantiles(scrape: Scrape, metric: Metric, unit: str) -> str:
    found = [(name, scrape.quantile(metric, share)) for name, share in (("p50", 0.5), ("p99", 0.99))]
    return "  ".join(f"{name} <= {value:g}{unit}" for name, value in found if not math.isnan(value)) or "-"
