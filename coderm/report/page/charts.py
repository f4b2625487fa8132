"""The charts of the page as plotly figures: data and axes; colours of text and ground are the reader's, so the page sets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coderm.report.page.figures import QUALITY_BINS, PageFigures

BLUE, ORANGE, GREY, GREEN = "#0072b2", "#d55e00", "#757575", "#009e73"
"""Colours that people with any colour vision tell apart (Okabe and Ito)."""


@dataclass(frozen=True, slots=True)
class Chart:
    """name: id in the page. title, text: what a reader, seeing or not, is told. figure: {"data": [...], "layout": {...}}."""

    name: str
    title: str
    text: str
    figure: dict[str, Any]


def charts(summary: Mapping[str, Any], figures: PageFigures) -> list[Chart]:
    """Return the charts that this run has figures for."""
    made = [
        _accuracy(summary, figures),
        _budget(summary, figures),
        _quality(figures),
        _outcomes(summary),
        _bars("seconds", "Seconds by stage", summary["seconds"], "seconds"),
        _bars("tokens", "Tokens by role", summary["tokens"], "tokens"),
    ]
    return [chart for chart in made if chart is not None]


def _accuracy(summary: Mapping[str, Any], figures: PageFigures) -> Chart | None:
    curve = figures.curve()
    if not curve:
        return None
    sizes, means, halves = (list(part) for part in zip(*curve, strict=True))
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": sizes,
        "y": [100 * mean for mean in means],
        "error_y": {"array": [100 * half for half in halves], "thickness": 1},
        "name": f"best-of-N, {summary['rule']}",
        "line": {"color": BLUE},
    }
    levels = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [sizes[0], sizes[-1]],
            "y": [100 * summary[key]] * 2,
            "name": name,
            "line": {"color": colour, "dash": "dash"},
        }
        for key, name, colour in (("pass_at_1", "pass@1", GREY), ("pass_at_n", "pass@N", GREEN))
    ]
    layout = {"xaxis": {"title": "tests per problem", "type": "log", "tickvals": sizes}, "yaxis": {"title": "right, %"}}
    text = "; ".join(f"{size} tests: {100 * mean:.1f} %" for size, mean, _ in curve)
    return Chart("accuracy", "Accuracy against the number of tests", text, {"data": [line, *levels], "layout": layout})


def _budget(summary: Mapping[str, Any], figures: PageFigures) -> Chart | None:
    names = figures.bins()
    by_rate = summary.get("budget", {}).get("by_predicted_pass_rate", {})
    predicted = [(part["problems"], part["tests"]) for part in (by_rate.get(name, {"problems": 0, "tests": 0}) for name in names)]
    bars = []
    told = []
    for label, sums, colour in (("predicted", predicted, ORANGE), ("true", figures.true.tolist(), BLUE)):
        counts = [int(problems) for problems, _ in sums]
        if not any(counts):
            continue
        means = [float(tests / problems) if problems else None for problems, tests in sums]
        bars.append(
            {
                "type": "bar",
                "x": names,
                "y": means,
                "name": f"{label} pass rate",
                "marker": {"color": colour},
                "text": [f"{count} problems" if count else "" for count in counts],
                "textposition": "auto",
            }
        )
        told += [f"{label} {name}: {mean:.1f} tests" for name, mean in zip(names, means, strict=True) if mean is not None]
    if not bars:
        return None
    layout = {
        "barmode": "group",
        "xaxis": {"title": "pass rate of the candidates", "type": "category"},
        "yaxis": {"title": "tests allotted per problem"},
    }
    return Chart("budget", "Where the budget went", "; ".join(told), {"data": bars, "layout": layout})


def _quality(figures: PageFigures) -> Chart | None:
    if not figures.rates.any():
        return None
    edges = [f"{place / QUALITY_BINS:.1f}" for place in range(QUALITY_BINS)]
    heat = {
        "type": "heatmap",
        "x": edges,
        "y": edges,
        "z": [[int(count) or None for count in row] for row in figures.rates],
        "colorscale": "Viridis",
        "colorbar": {"title": {"text": "tests"}},
        "hovertemplate": "false acceptance from %{x}<br>false rejection from %{y}<br>%{z} tests<extra></extra>",
    }
    axis = {"type": "category"}
    layout = {
        "xaxis": axis | {"title": "wrong programs that pass, share from"},
        "yaxis": axis | {"title": "right programs that fail, share from"},
    }
    total, sharp = int(figures.rates.sum()), int(figures.rates[0, 0])
    text = (
        f"{total} tests of problems with right and wrong candidates; {sharp} of them wrong about less than a tenth of either kind"
    )
    return Chart("quality", "Quality of single tests", text, {"data": [heat], "layout": layout})


def _outcomes(summary: Mapping[str, Any]) -> Chart | None:
    kinds = {"tests": summary["outcomes"], "hidden checks": summary["check_outcomes"]}
    names = sorted({name for counts in kinds.values() for name in counts}, key=lambda name: -kinds["tests"].get(name, 0))
    if not names:
        return None
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": names,
            "x": [100 * counts.get(name, 0) / max(sum(counts.values()), 1) for name in names],
            "name": kind,
            "marker": {"color": colour},
            "customdata": [counts.get(name, 0) for name in names],
            "hovertemplate": "%{y}: %{customdata:,} pairs, %{x:.1f} %<extra>" + kind + "</extra>",
        }
        for (kind, counts), colour in zip(kinds.items(), (BLUE, ORANGE), strict=True)
    ]
    layout = {"barmode": "group", "xaxis": {"title": "pairs, %"}, "yaxis": {"autorange": "reversed"}}
    text = "; ".join(f"{kind}, {name}: {counts[name]:,}" for kind, counts in kinds.items() for name in names if name in counts)
    return Chart("outcomes", "Outcomes of pairs", text, {"data": bars, "layout": layout})


def _bars(name: str, title: str, values: Mapping[str, float], unit: str) -> Chart | None:
    if not any(values.values()):
        return None
    bar = {"type": "bar", "orientation": "h", "y": list(values), "x": list(values.values()), "marker": {"color": BLUE}}
    layout = {"xaxis": {"title": unit}, "yaxis": {"autorange": "reversed"}}
    text = "; ".join(f"{part}: {value:,.4g} {unit}" for part, value in values.items())
    return Chart(name, title, text, {"data": [bar], "layout": layout})
