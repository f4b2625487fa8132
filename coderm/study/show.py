"""Shows a study: tables on the console; `study.json`, `study.html` and the charts of every rule in a directory."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.errors import StorageError
from coderm.storage.atomic import write_json, write_text
from coderm.study.page import render_page
from coderm.study.plot import plot_accuracy, plot_differences, plot_spent
from coderm.study.study import Figures


def print_study(figures: Figures, console: Console) -> None:
    """Print one table per rule."""
    console.print(
        f"{figures['problems']} problems, pass@1 {figures['pass_at_1']:.2f}, pass@N {figures['pass_at_n']:.2f}; "
        f"{figures['plan']['splits']} halves, {figures['plan']['draws']} draws of tests"
        + ("; chosen among the candidates that pass the most visible examples" if figures["plan"]["examples"] else "")
        + (f"; {unknown} pairs have no verdict" if (unknown := figures["pairs_without_verdict"]) else "")
    )
    for name, rule in figures["rules"].items():
        console.print(_table(name, rule, figures["budgets"]))


def _table(name: str, rule: Figures, budgets: list[int]) -> Table:
    table = Table(title=f"rule {name}: {rule['all_tests']:.2f} with all tests", title_justify="left")
    table.add_column("average tests per problem")
    for budget in budgets:
        table.add_column(str(budget), justify="right")
    for model, entries in rule["models"].items():
        table.add_row(model, *(f"{entry['accuracy']['mean']:.1f}" for entry in entries))
        if model != "equal":
            table.add_row("  minus equal", *(_gain(entry["gain_over_equal"]) for entry in entries), style="dim")
    table.caption = "intervals at 95 % over problems; * excludes 0"
    return table


def _gain(gain: Figures) -> str:
    sure = "*" if gain["low"] > 0 or gain["high"] < 0 else ""
    return f"{gain['mean']:+.2f}{sure}\n{gain['low']:+.1f} {gain['high']:+.1f}"


def write_study(figures: Figures, out: Path) -> None:
    """Write `study.json`, `study.html` and `study-RULE-CHART.png`. Raises StorageError when the directory cannot be used."""
    charts = {name: _charts(name, rule, figures) for name, rule in figures["rules"].items()}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, drawn in charts.items():
            for kind, png in drawn.items():
                (out / f"study-{name}-{kind}.png").write_bytes(png)
        write_text(out / "study.html", render_page(figures, charts))
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror}); give another --out") from None
    write_json(out / "study.json", figures)


def _charts(name: str, rule: Figures, figures: Figures) -> dict[str, bytes]:
    budgets, models = figures["budgets"], rule["models"]
    return {
        "accuracy": plot_accuracy(
            f"rule {name}: accuracy, blue; equal, grey and dashed; bands 95 % over problems", budgets, models
        ),
        "difference": plot_differences(f"rule {name}: minus equal, filled where the 95 % interval excludes 0", budgets, models),
        "spent": plot_spent(
            f"rule {name}: tests of a problem (orange: more than average)", budgets, figures["pass_rates"], rule["spent"]
        ),
    }
