"""Pages of one HTML file: every text is escaped, a missing name is an error, and nothing is loaded from elsewhere."""

import base64
from pathlib import Path
from typing import Any


def render(folder: Path, template: str, **values: Any) -> str:
    """Return the page of a template in a folder. `zip` is known to it; the filter `embedded` makes an address of a PNG's bytes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["embedded"] = _embedded
    return environment.get_template(template).render(zip=zip, **values)


def _embedded(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
