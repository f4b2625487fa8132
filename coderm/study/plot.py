"""Charts of a study as PNG bytes: accuracy against tests, difference to equal, and where each model spent its budget.

Drawn with matplotlib's Agg canvas and no global state, so that nothing of the user's session is touched and no display is needed.
"""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from coderm.arrays import FloatArray

OURS, THEIRS = "#0072b2", "#757575"
"""A model and `equal`: blue and grey, which everybody tells apart."""
COLUMNS = 3
"""Panels in a row: three still hold a readable title each."""
WIDTH = 11.0
"""Inches; with DPI a chart is as wide as the page shows it, twice over for sharp screens."""
DPI = 160
STYLE = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10, "legend.frameon": False}
TEXT = "#1a1a1a"
AVERAGE = "average tests per problem"
APART = "own curve"
"""In the name of the row that reaches where no model does; it has a scale of its own."""

Entries = Sequence[Mapping[str, Any]]
"""One entry per budget, as in study.json."""


def plot_accuracy(title: str, budgets: Sequence[int], models: Mapping[str, Entries]) -> bytes:
    """A panel per model: its accuracy and that of `equal`, each in its band."""

    def panel(axes: Any, name: str) -> None:
        for shown, colour, mark in (("equal", THEIRS, "s--"), (name, OURS, "o-")):
            low, mean, high = _spans(models[shown], "accuracy")
            axes.fill_between(budgets, low, high, color=colour, alpha=0.14, linewidth=0)
            axes.plot(budgets, mean, mark, color=colour, markersize=4, label=shown)
        _over_budgets(axes, budgets)

    return _panels(title, AVERAGE, "best-of-N %", _others(models), panel)


def plot_differences(title: str, budgets: Sequence[int], models: Mapping[str, Entries]) -> bytes:
    """A panel per model: paired difference to `equal` with its interval, filled where that excludes 0."""

    def panel(axes: Any, name: str) -> None:
        low, mean, high = _spans(models[name], "gain_over_equal")
        sure = (low > 0) | (high < 0)
        axes.axhline(0, color=TEXT, linewidth=0.8)
        axes.errorbar(budgets, mean, (mean - low, high - mean), color=OURS, capsize=3, linewidth=1.4)
        axes.plot(budgets, mean, "o", color=OURS, markerfacecolor="white", markersize=7)
        axes.plot(np.array(budgets)[sure], mean[sure], "o", color=OURS, markersize=7)
        _over_budgets(axes, budgets)

    return _panels(title, AVERAGE, "points above equal", _others(models), panel)


def plot_spent(
    title: str, budgets: Sequence[int], bins: Sequence[str], spent: Mapping[str, Sequence[Sequence[float | None]]]
) -> bytes:
    """A panel per model: mean tests of a problem by its true pass rate and by budget; coloured by the ratio to the average."""
    from matplotlib import colormaps

    def panel(axes: Any, name: str) -> None:
        cells = np.array(spent[name], np.float64).T
        with np.errstate(divide="ignore"):
            ratio = np.clip(np.log2(cells / np.array(budgets)), -2, 2)
        axes.imshow(ratio, cmap=colormaps["PuOr_r"], vmin=-2.6, vmax=2.6, aspect="auto")
        for (row, column), value in np.ndenumerate(cells):
            if np.isfinite(value):
                strong = abs(ratio[row, column]) > 1.7
                axes.text(column, row, _short(value), ha="center", va="center", fontsize=8, color="white" if strong else TEXT)
        axes.set_xticks(range(len(budgets)), map(str, budgets))
        axes.set_yticks(range(len(bins)), bins)
        axes.tick_params(length=0)

    return _panels(title, AVERAGE, "true pass rate", _others(spent), panel)


def _others(models: Mapping[str, Any]) -> list[str]:
    return [name for name in models if name != "equal"]


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _spans(entries: Entries, name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    low, mean, high = (np.array([entry[name][part] for entry in entries], np.float64) for part in ("low", "mean", "high"))
    return low, mean, high


def _over_budgets(axes: Any, budgets: Sequence[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(budgets, [str(budget) for budget in budgets])
    axes.minorticks_off()
    axes.grid(axis="y", color="#e5e5e5")


def _panels(title: str, across: str, up: str, names: Sequence[str], panel: Callable[[Any, str], None]) -> bytes:
    """Panels in a grid, all on one scale but for APART."""
    rows = math.ceil(len(names) / COLUMNS)

    def draw(figure: Any) -> None:
        grid = figure.subplots(rows, COLUMNS, squeeze=False)
        for axes, name in zip(grid.flat, names, strict=False):
            panel(axes, name)
            axes.set_title(name)
        for axes in grid.flat[len(names) :]:
            axes.set_visible(False)
        for apart in (False, True):
            shown = [axes for axes, name in zip(grid.flat, names, strict=False) if (APART in name) == apart]
            for axes in shown[1:]:
                axes.sharey(shown[0])
            for axes in shown:
                axes.autoscale_view(scalex=False)
        figure.suptitle(title)
        figure.supxlabel(across, fontsize=10)
        figure.supylabel(up, fontsize=10)

    return drawn(draw, 2.1 * rows + 1.0)


def drawn(draw: Any, height: float) -> bytes:
    """Run `draw` on a fresh figure and return it as PNG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    colours = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor"), TEXT)
    with rc_context(STYLE | colours):  # type: ignore[arg-type]
        figure = Figure((WIDTH, height), DPI, layout="constrained")
        draw(figure)
        out = io.BytesIO()
        figure.savefig(out, format="png")
    return out.getvalue()
