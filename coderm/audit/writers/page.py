"""Writers side by side as one HTML file and charts."""

import base64
from pathlib import Path

from coderm.audit.writers.comparison import Figures
from coderm.audit.writers.figures import FIGURES
from coderm.audit.writers.show import GROUPS, plot_writers, shown
from coderm.errors import StorageError
from coderm.storage.atomic import write_text

TEMPLATE = Path(__file__).with_name("page.html")


def write_comparison(found: Figures, out: Path) -> None:
    """Write `eval_tests.html` and a chart for each group of figures. Raises StorageError when the directory cannot be used."""
    charts = {title: plot_writers(found, names, title) for title, names in GROUPS.items()}
    try:
        for place, png in enumerate(charts.values(), 1):
            (out / f"eval_tests-{place}.png").write_bytes(png)
        write_text(out / "eval_tests.html", render(found, charts))
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}); give another --out") from None


def render(found: Figures, charts: dict[str, bytes]) -> str:
    """Return the page. charts: PNG bytes by group. Every text is escaped; nothing is loaded from elsewhere."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    coded = {title: base64.b64encode(png).decode() for title, png in charts.items()}
    return template.render(found=found, groups=GROUPS, charts=coded, shown=shown, told=FIGURES)
