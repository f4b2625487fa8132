"""Watches a running reward service by its metrics."""

import time
from collections.abc import Callable

from coderm.client.settings import ClientSettings
from coderm.errors import ClusterError
from coderm.report.live.look import Look
from coderm.service import metrics
from coderm.service.status import Scrape, rows, scraped


class ServiceWatch:
    """Looks at one service again and again; after the first look an answer that does not come is told, and asked for again."""

    def __init__(self, url: str, scrape: Callable[[str], Scrape] = scraped, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._scrape, self._clock = url, scrape, clock
        self._title = f"reward service at {ClientSettings(base_url=url).url}"
        self._last: Look | None = None
        self._answered = clock()

    def look(self) -> Look:
        """Return how the service is now. Raises ClusterError, ConfigError with the remedy."""
        try:
            scrape = self._scrape(self._url)
        except ClusterError as error:
            if self._last is None:
                raise
            since = self._clock() - self._answered
            return Look(self._title, "silent", f"no answer for {since:.0f} s: {error.message}", facts=self._last.facts)
        (_, state), *facts = rows(scrape)
        speed = (("pairs/s", scrape.total(metrics.SPEED.name)), ("pairs in the queue", scrape.total(metrics.QUEUE.name)))
        self._last, self._answered = Look(self._title, "running", state, facts=tuple(facts), speed=speed), self._clock()
        return self._last
