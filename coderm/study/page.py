"""The page of a study: one self-contained HTML file, tables and charts embedded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coderm.pages import render

ROOM = Path(__file__).parent


def render_page(figures: Mapping[str, Any], charts: Mapping[str, Mapping[str, bytes]]) -> str:
    """Return the page. charts: by rule, PNG bytes by what they show."""
    return render(ROOM, "page.html", figures=figures, charts=charts)
