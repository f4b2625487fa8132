"""A Grafana dashboard of every metric, made of the table of metrics."""

import json
from pathlib import Path
from typing import Any

from coderm.errors import StorageError
from coderm.service.metrics import PANELS, Panel

WIDE = 24
"""Grafana's grid has so many columns."""
HIGH = 8


def dashboard() -> dict[str, Any]:
    """Make the dashboard; Grafana asks for the Prometheus data source when it is imported."""
    return {
        "title": "CodeRM reward service",
        "uid": "coderm-rewards",
        "schemaVersion": 39,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "10s",
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]},
        "panels": [_panel(place, panel) for place, panel in enumerate(PANELS)],
    }


def write_dashboard(path: Path) -> None:
    """Write it as JSON. Raises StorageError."""
    try:
        path.write_text(json.dumps(dashboard(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}); give another --dashboard") from None


def _panel(place: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.help,
        "datasource": source,
        "gridPos": {"h": HIGH, "w": WIDE // 2, "x": WIDE // 2 * (place % 2), "y": HIGH * (place // 2)},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "expr": query, "legendFormat": legend, "datasource": source}
            for number, (legend, query) in enumerate(panel.queries)
        ],
    }
