"""The page of an audit: one HTML file."""

from pathlib import Path
from typing import Any

from coderm.audit.report import COUNTS, SHARES, Figures
from coderm.audit.show import remarks
from coderm.errors import StorageError
from coderm.pages import render
from coderm.storage.atomic import write_text
from coderm.study.plot import OURS, THEIRS, drawn

ROOM = Path(__file__).parent
BINS = 20


def write_page(found: Figures, above: list[str], out: Path) -> None:
    """Write `audit.html`. above: lines of the thresholds that are exceeded. Raises StorageError when it cannot be written."""
    told = {row["task_id"]: list(remarks(row)) for row in found["per_problem"]}
    page = render(ROOM, "page.html", found=found, above=above, counts=COUNTS, shares=SHARES, told=told, chart=_chart(found))
    try:
        write_text(out / "audit.html", page)
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}); give another --out") from None


def _chart(found: Figures) -> bytes:
    """Draw how large suites are and have to be, how many mutants they accept, and how hard the problems are. PNG."""
    rows = [row for row in found["per_problem"] if row["tests"]]
    mutants = [row["accepted_wrong"]["mutants"]["share"] for row in rows if "mutants" in row["accepted_wrong"]]
    rates = [row["pass_rate"] for row in rows if row["pass_rate"] is not None]

    def draw(figure: Any) -> None:
        sizes, accepted, hard = figure.subplots(1, 3)
        tests, least = [row["tests"] for row in rows], [len(row["smallest"]["kept"]) for row in rows]
        most = max(tests, default=1)
        sizes.plot([0, most], [0, most], color=THEIRS, linewidth=0.8)
        sizes.plot(tests, least, "o", color=OURS, alpha=0.4, markersize=5)
        sizes.set(xlabel="tests", ylabel="tests of the smallest suite", title="suites, one dot a problem")
        for axes, values, title, across in (
            (accepted, mutants, "mutants accepted", "share of a problem's mutants"),
            (hard, rates, "difficulty", "share of candidates accepted"),
        ):
            axes.hist(values, bins=BINS, range=(0, 1), color=OURS)
            axes.set(xlabel=across, ylabel="problems", title=title)

    return drawn(draw, 3.4)
