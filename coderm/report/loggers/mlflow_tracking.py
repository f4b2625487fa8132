"""Logs to MLflow; MLFLOW_TRACKING_URI says where to."""

import re
import time
from collections.abc import Mapping
from typing import Any

from coderm.report.loggers.base import Began, Table

TAG = "coderm.run"
LONGEST = 500
"""Characters of a parameter that every store takes."""
BATCH = 100
"""Parameters of one request, as many as MLflow allows."""


class MlflowLogger:
    """One run of MLflow, by its client, which leaves the process's active run alone."""

    def __init__(self) -> None:
        import mlflow
        from mlflow import entities

        self._client: Any = mlflow.MlflowClient()
        self._entities: Any = entities
        self._run = ""
        self._steps = 0

    def start(self, run: Began) -> None:
        """Begin, or go on with the run of the same key; a parameter that is there already stays as it was."""
        client = self._client
        found = client.get_experiment_by_name(run.project)
        experiment = found.experiment_id if found else client.create_experiment(run.project)
        known: set[str] = set()
        if earlier := client.search_runs([experiment], filter_string=f"tags.`{TAG}` = '{run.key}'", max_results=1):
            self._run, known = earlier[0].info.run_id, set(earlier[0].data.params)
            client.update_run(self._run, status="RUNNING")
        else:
            self._run = client.create_run(experiment, run_name=run.name, tags={TAG: run.key}).info.run_id
        params = [
            self._entities.Param(_name(name), str(value)[:LONGEST])
            for name, value in run.settings.items()
            if _name(name) not in known
        ]
        for start in range(0, len(params), BATCH):
            client.log_batch(self._run, params=params[start : start + BATCH])

    def progress(self, values: Mapping[str, float]) -> None:
        """Log one step."""
        self._steps += 1
        self._log(values, self._steps)

    def finish(self, figures: Mapping[str, float], tables: tuple[Table, ...]) -> None:
        """Log the figures as metrics and the tables as files."""
        self._log(figures, 0)
        for table in tables:
            self._client.log_dict(self._run, {"columns": table.columns, "data": table.rows}, f"{table.name}.json")

    def close(self, *, failed: bool) -> None:
        """Say how the run ended."""
        if self._run:
            self._client.set_terminated(self._run, "FAILED" if failed else "FINISHED")

    def _log(self, values: Mapping[str, float], step: int) -> None:
        now = int(1000 * time.time())
        metrics = [self._entities.Metric(_name(name), value, now, step) for name, value in values.items()]
        self._client.log_batch(self._run, metrics=metrics)


def _name(name: str) -> str:
    """MLflow takes letters, digits, and a few marks."""
    return re.sub(r"[^\w./ -]", "_", name)
