"""The page of a study: one self-contained HTML file, tables and charts embedded."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("page.html")


def render_page(figures: Mapping[str, Any], charts: Mapping[str, Mapping[str, bytes]]) -> str:
    """Return the page. charts: by rule, PNG bytes by what they show. Every text is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    coded = {rule: {alt: base64.b64encode(png).decode() for alt, png in found.items()} for rule, found in charts.items()}
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(figures=figures, charts=coded, zip=zip)
