"""The common style and scripts of a run's pages, and JSON that may stand inside one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coderm import pages

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, scripts: Sequence[str], **values: Any) -> str:
    """Return a page from its template, the common style and the scripts, in this order."""
    style = (TEMPLATES / "report.css").read_text("utf-8")
    script = "\n".join((TEMPLATES / name).read_text("utf-8") for name in scripts)
    return pages.render(TEMPLATES, template, style=style, script=script, **values)


def script_json(value: Any) -> str:
    """Return JSON that may stand inside a script element: no text in it can end that."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
