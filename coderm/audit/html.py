"""Pages of one HTML file: every text is escaped, charts are embedded, and nothing is loaded from elsewhere."""

import base64
from pathlib import Path
from typing import Any

ROOM = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """Return the page of a template of this room. The filter `embedded` turns the bytes of a PNG into an address."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(ROOM, encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, loader=loader)
    environment.filters["embedded"] = _embedded
    return environment.get_template(template).render(**values)


def _embedded(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
