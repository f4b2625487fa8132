"""Logs to Weights & Biases; its own variables (WANDB_MODE, WANDB_API_KEY, WANDB_BASE_URL) say where to."""

from collections.abc import Mapping
from typing import Any

from coderm.report.loggers.base import Began, Table


class WandbLogger:
    """One run of Weights & Biases; what the library keeps on disk lies in the run directory."""

    def __init__(self) -> None:
        import wandb

        self._library: Any = wandb
        self._run: Any = None

    def start(self, run: Began) -> None:
        """Begin, or go on with the run of the same key. Neither the console nor code is sent."""
        settings = self._library.Settings(console="off", disable_git=True, save_code=False)
        self._run = self._library.init(
            project=run.project,
            name=run.name,
            id=run.key,
            resume="allow",
            dir=str(run.directory),
            config=dict(run.settings),
            allow_val_change=True,
            settings=settings,
        )

    def progress(self, values: Mapping[str, float]) -> None:
        """Log one step."""
        self._run.log(dict(values))

    def finish(self, figures: Mapping[str, float], tables: tuple[Table, ...]) -> None:
        """Set the summary and log the tables."""
        self._run.summary.update(dict(figures))
        for table in tables:
            self._run.log({table.name: self._library.Table(columns=list(table.columns), data=[list(row) for row in table.rows])})

    def close(self, *, failed: bool) -> None:
        """Finish the run."""
        self._run.finish(exit_code=int(failed))
