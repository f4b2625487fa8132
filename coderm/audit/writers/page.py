"""Writers side by side as one HTML file and charts."""

from pathlib import Path

from coderm.audit.writers.comparison import Figures
from coderm.audit.writers.figures import FIGURES
from coderm.audit.writers.show import GROUPS, plot_writers, shown
from coderm.errors import StorageError
from coderm.pages import render
from coderm.storage.atomic import write_text

ROOM = Path(__file__).parents[1]


def write_comparison(found: Figures, out: Path) -> None:
    """Write `eval_tests.html` and a chart for each group of figures. Raises StorageError when the directory cannot be used."""
    charts = {title: plot_writers(found, names, title) for title, names in GROUPS.items()}
    try:
        for place, png in enumerate(charts.values(), 1):
            (out / f"eval_tests-{place}.png").write_bytes(png)
        page = render(ROOM, "writers/page.html", found=found, groups=GROUPS, charts=charts, shown=shown, told=FIGURES)
        write_text(out / "eval_tests.html", page)
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}); give another --out") from None
