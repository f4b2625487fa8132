"""Logs to `log.jsonl` in the run directory; needs no library, so it is there to look at, and to test with."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from coderm.report.loggers.base import Began, Table
from coderm.storage.appending import append_lines
from coderm.storage.run_directory import LOGGED


class JsonlLogger:
    """One line an event; a run that goes on adds to its file."""

    def __init__(self) -> None:
        self._path = Path(LOGGED)

    def start(self, run: Began) -> None:
        """Write what begins."""
        self._path = run.directory / LOGGED
        self._line("start", key=run.key, name=run.name, project=run.project, settings=dict(run.settings))

    def progress(self, values: Mapping[str, float]) -> None:
        """Write how far the run is."""
        self._line("progress", values=dict(values))

    def finish(self, figures: Mapping[str, float], tables: tuple[Table, ...]) -> None:
        """Write what came out."""
        self._line("finish", figures=dict(figures), tables=[asdict(table) for table in tables])

    def close(self, *, failed: bool) -> None:
        """Write how it ended."""
        self._line("close", failed=failed)

    def _line(self, event: str, **values: Any) -> None:
        append_lines(self._path, json.dumps({"event": event, **values}).encode() + b"\n")
