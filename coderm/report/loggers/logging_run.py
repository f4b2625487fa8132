"""Logs a run to the loggers that its settings name; whatever one of them raises is told once, and the run goes on without it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coderm.config.schema import LoggersConfig
from coderm.errors import ConfigError
from coderm.messages.hashing import content_hash
from coderm.messages.progress import Progress
from coderm.report.loggers.base import Began, RunLogger
from coderm.report.loggers.told import figures_of, flat_settings, progress_of, tables_of

PROGRESS_EVERY_S = 10.0
"""A curve of a long run, and no burden to a tracker."""


def make_logger(name: str) -> RunLogger:
    """Return a logger by its name. Raises ConfigError where its library is missing."""
    try:
        match name:
            case "jsonl":
                from coderm.report.loggers.jsonl import JsonlLogger

                return JsonlLogger()
            case "wandb":
                from coderm.report.loggers.weights_biases import WandbLogger

                return WandbLogger()
            case _:
                from coderm.report.loggers.mlflow_tracking import MlflowLogger

                return MlflowLogger()
    except ImportError as error:
        raise ConfigError(
            f"loggers.to names {name}, and {error.name or name} is missing; pip install {name}, or take it out"
        ) from None


def make_loggers(config: LoggersConfig) -> dict[str, RunLogger]:
    """Return the loggers that are named. Raises ConfigError where a library is missing."""
    return {name: make_logger(name) for name in config.to}


class LoggedRun:
    """Hands on to every logger that has raised nothing yet."""

    def __init__(
        self, loggers: Mapping[str, RunLogger], tell: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._loggers, self._tell, self._clock = dict(loggers), tell, clock
        self._last = float("-inf")

    @contextmanager
    def going_on(self, config: LoggersConfig, directory: Path, identity: Any, settings: Mapping[str, Any]) -> Iterator[None]:
        """Start the loggers, and close them however this ends."""
        key = content_hash(str(directory.resolve()), repr(identity))[:16]
        began = Began(key, config.name or directory.resolve().name, config.project, directory, flat_settings(settings))
        self._each(lambda logger: logger.start(began))
        failed = True
        try:
            yield
            failed = False
        finally:
            self._each(lambda logger: logger.close(failed=failed))

    def progress(self, progress: Progress) -> None:
        """Hand on how far the run is, at most every PROGRESS_EVERY_S seconds."""
        if self._loggers and (progress.done or self._clock() - self._last >= PROGRESS_EVERY_S):
            self._last = self._clock()
            self._each(lambda logger: logger.progress(progress_of(progress)))

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Hand on what came out."""
        self._each(lambda logger: logger.finish(figures_of(summary), tables_of(summary)))

    def _each(self, act: Callable[[RunLogger], None]) -> None:
        for name, logger in list(self._loggers.items()):
            try:
                act(logger)
            except Exception as error:  # noqa: BLE001 - a tracker's library raises what it likes, and must not end a run
                del self._loggers[name]
                reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
                self._tell(
                    f"coderm: the logger {name} gave up ({reason}); the run goes on without it, its figures are in summary.json"
                )
