"""The page of a comparison of runs: one file, no network."""

from pathlib import Path
from typing import Any

from coderm.report.compare import FIGURES, Comparison
from coderm.report.page.rendering import render, script_json
from coderm.storage.atomic import write_text


def write_comparison(found: Comparison, path: Path) -> None:
    """Write the page, whole or not at all. Raises StorageError when the disk refuses."""
    rows = [_row(found, name) for name in found.problems]
    page = render(
        "compare.html",
        ("dom.js", "table.js", "compare.js"),
        runs=found.runs,
        figures=FIGURES,
        levels=found.levels,
        differences=found.differences,
        settings=found.settings,
        left_out=found.left_out,
        rows=rows,
        data=script_json({"runs": len(found.runs), "rows": rows}),
    )
    write_text(path, page)


def _row(found: Comparison, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"task_id": name}
    for number, run in enumerate(found.runs):
        problem = run.problems[name]
        right, score, _ = problem.figures
        row |= {f"right{number}": round(right, 4), f"score{number}": round(score, 4), f"tests{number}": problem.tests}
    return row
