"""Logging of a run: set up once per process, one line per fact.

A line is time, level, run, node, process, what happened, and its facts as name=value:
`2026-11-27T17:30:32.123+00:00 INFO run=4f1d node=gpu3 process=scheduler "worker replaced" pool=executors left=19`.
Facts are ids, counts and names. No text of a model, a program or a test is ever one, and of an error only its class is, since
its message may quote such a text.
"""

import contextlib
import json
import logging
import re
import socket
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Process = Literal["driver", "scheduler", "executor", "generator", "scoring", "bank", "service"]
LOG = "run.log"
"""File in the run directory; driver and scheduler, which share its node, append to it."""
PACKAGES = ("coderm", "actors", "cluster")
_PLAIN = re.compile(r"[\w./:|,+-]+", re.ASCII)
LONGEST = 200
"""Characters of one fact: enough for an id, too few for a text."""


@dataclass(frozen=True, slots=True)
class LogSetup:
    """Who logs. directory: the run directory; None: standard error, which Ray keeps for every actor (`ray logs`)."""

    run_id: str
    process: Process
    level: str = "info"
    directory: Path | None = None


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger that takes facts: `log.info("node proved", node=name)`."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Hand the facts to the formatter."""
        return msg, {"extra": {"facts": dict(kwargs)}}


def get_log(name: str) -> Log:
    """The log of a module."""
    return Log(logging.getLogger(name), {})


def set_up(setup: LogSetup) -> logging.Handler:
    """Send everything that the packages of this project log to one place; a former set-up of this process ends."""
    handler = _handler(setup)
    for name in PACKAGES:
        logger = logging.getLogger(name)
        for former in logger.handlers[:]:
            logger.removeHandler(former)
            former.close()
        _direct(logger, [handler], setup.level.upper(), propagate=False)
    return handler


@contextlib.contextmanager
def logging_to(setup: LogSetup) -> Iterator[None]:
    """Set up for as long as this lasts; then what was set up before goes on."""
    handler = _handler(setup)
    loggers = [logging.getLogger(name) for name in PACKAGES]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        _direct(logger, [handler], setup.level.upper(), propagate=False)
    try:
        yield
    finally:
        for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
            _direct(logger, handlers, level, propagate=propagate)
        handler.close()


def _handler(setup: LogSetup) -> logging.Handler:
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if setup.directory is not None:
        handler = _File(setup.directory / LOG, encoding="utf-8", delay=True)
    handler.setFormatter(_Formatter(setup))
    return handler


def _direct(logger: logging.Logger, handlers: Sequence[logging.Handler], level: int | str, *, propagate: bool) -> None:
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logger.propagate = propagate


class _File(logging.FileHandler):
    """A log never ends a run: on a full disk its lines are missing."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing."""


class _Formatter(logging.Formatter):
    def __init__(self, setup: LogSetup) -> None:
        super().__init__()
        self._always = {"run": setup.run_id, "node": socket.gethostname(), "process": setup.process}

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = getattr(record, "facts", {})
        said = json.dumps(record.getMessage()[: 5 * LONGEST])
        return " ".join([time, record.levelname, *_pairs(self._always), said, *_pairs(facts)])


def _pairs(facts: Mapping[str, object]) -> Iterator[str]:
    for name, value in facts.items():
        text = _text(value)
        yield f"{name}={text if _PLAIN.fullmatch(text) else json.dumps(text)}"


def _text(value: object) -> str:
    if isinstance(value, BaseException):
        return type(value).__name__
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
