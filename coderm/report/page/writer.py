"""Writes `report.html`, one problem in memory at a time, whole or not at all.

Details are compressed one by one and spooled to disk. A page above MOST_BYTES leaves them in a folder beside it, and loads one
when its problem is opened.
"""

import base64
import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from coderm.config.schema import RunConfig
from coderm.errors import StorageError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.execution import Outcome
from coderm.report.page.charts import charts
from coderm.report.page.figures import PageFigures
from coderm.report.page.problem import detail_of, fates_of, row_of
from coderm.report.page.rendering import render, script_json
from coderm.report.page.rival import runner_up
from coderm.selection.factory import make_rule
from coderm.storage.atomic import whole

PAGE, FOLDER = "report.html", "report_files"
"""In the run directory; the folder is there only where the page would be too large."""
MOST_BYTES = 20_000_000
"""Of all details together, compressed; with the charts' library the page stays under 30 MB."""


class PageWriter:
    """Takes finished problems and writes the page; `add` each problem, then `finish` once."""

    def __init__(self, directory: Path, config: RunConfig, spool: IO[bytes]) -> None:
        self._directory, self._config, self._spool = directory, config, spool
        self._rule = make_rule(config.selection)
        self._figures = PageFigures(config.seed)
        self._rows: list[dict[str, Any]] = []
        self._sizes: list[int] = []

    def add(self, problem: FinishedProblem, predicted: float | None) -> None:
        """Take one problem in. predicted: pass rate that the probe gave it, None without one."""
        examples = self._config.selection.examples
        selection = problem.select(self._rule, examples=examples)
        self._figures.add(problem, self._rule, examples=examples)
        rival = runner_up(problem.matrix, selection)
        self._rows.append(row_of(problem, selection, rival, predicted))
        self._sizes.append(self._spool.write(_packed(detail_of(problem, selection, rival, self._rule))))

    def finish(self, summary: Mapping[str, Any]) -> Path:
        """Write the page with the figures of the summary and return its path. Raises StorageError when the disk refuses."""
        folder = self._directory / FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        split = sum(self._sizes) > MOST_BYTES
        if split:
            folder.mkdir()
            for number, text in enumerate(self._details()):
                (folder / f"{number}.js").write_text(f'keep({number}, "{text}")\n', encoding="ascii")
        path = self._directory / PAGE
        with whole(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            for part in self._parts(summary, split=split):
                file.write(part)
        return path

    def _parts(self, summary: Mapping[str, Any], *, split: bool) -> Iterator[str]:
        drawn = charts(summary, self._figures)
        head, tail = _render(
            directory=self._directory.resolve().name,
            summary=summary,
            config=self._config.model_dump(mode="json"),
            charts=drawn,
            fates=fates_of(self._rows),
            data=script_json(
                {
                    "rows": self._rows,
                    "folder": FOLDER if split else "",
                    "outcomes": [outcome.label for outcome in Outcome],
                    "charts": {chart.name: chart.figure for chart in drawn},
                }
            ),
        )
        yield head
        if not split:
            for number, text in enumerate(self._details()):
                yield f'<script type="text/plain" id="detail-{number}">{text}</script>\n'
        yield tail

    def _details(self) -> Iterator[str]:
        self._spool.seek(0)
        for size in self._sizes:
            yield self._spool.read(size).decode("ascii")


@contextmanager
def page_writer(directory: Path, config: RunConfig) -> Iterator[PageWriter]:
    """Yield a writer whose spool file is gone afterwards. Raises StorageError when the disk refuses."""
    spool = directory / ".report.spool"
    try:
        with spool.open("w+b") as file:
            yield PageWriter(directory, config, file)
    except OSError as error:
        raise StorageError(
            f"{directory / PAGE}: cannot be written ({error.strerror or error}); free some disk space, or give another folder"
        ) from None
    finally:
        with suppress(OSError):
            spool.unlink(missing_ok=True)


def _packed(value: Any) -> bytes:
    return _compressed(json.dumps(value, separators=(",", ":")))  # ASCII: a lone surrogate of a program stays what it is


def _compressed(text: str) -> bytes:
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0))


@cache
def plotly() -> str:
    """The charts' library, compressed; that takes a fifth of a second once."""
    from plotly.offline import get_plotlyjs

    return _compressed(get_plotlyjs()).decode()


def _render(**values: Any) -> tuple[str, str]:
    """Return the page before and after its details."""
    head, tail = render("report.html", ("dom.js", "table.js", "report.js"), **values).split("<!-- details -->")
    return head, tail.replace("<!-- plotly -->", f'<script type="text/plain" id="plotly">{plotly()}</script>')
