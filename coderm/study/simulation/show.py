"""Shows a trial: what was published, what the simulation gives, and where they part."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from coderm.errors import StorageError
from coderm.storage.atomic import write_json
from coderm.study.data import BUDGETS
from coderm.study.simulation.published import Published
from coderm.study.simulation.trial import Trial, model_figures, quality, rule_figures

MEASURES = ("accuracy", "F1", "FAR", "FRR")


def show_trial(trial: Trial, published: Published | None, seed: int, console: Console) -> dict[str, Any]:
    """Print three tables and return the same figures as plain data, percent."""
    measured = {"one test": quality(trial.one), "all tests": quality(trial.every)}
    stated = {"one test": published.one_test, "all tests": published.hundred_tests} if published else {}
    rules, models = rule_figures(trial, seed), model_figures(trial, BUDGETS, seed)
    console.print(_quality_table(measured, stated))
    console.print(_rule_table(rules, published))
    console.print(_model_table(models))
    return {
        "quality": {name: dict(zip(MEASURES, row, strict=True)) for name, row in measured.items()},
        "published_quality": {name: dict(zip(MEASURES, row, strict=True)) for name, row in stated.items()},
        "pass_at_1": 100 * float(trial.rates.mean()),
        "rules": {rule: {name: asdict(figure) for name, figure in row.items()} for rule, row in rules.items()},
        "published_best_of_n": published.best_of_n if published else None,
        "budgets": list(BUDGETS),
        "models": models,
    }


def write_trial(figures: dict[str, Any], out: Path) -> None:
    """Write `simulation.json`. Raises StorageError when the directory cannot be used."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out}: cannot be made ({error.strerror}); give another --out") from None
    write_json(out / "simulation.json", figures)


def _quality_table(
    measured: dict[str, tuple[float, float, float, float]], stated: dict[str, tuple[float, float, float, float]]
) -> Table:
    table = Table(title="quality of tests, % (simulated / published)", title_justify="left")
    for name in ("", *MEASURES):
        table.add_column(name, justify="right")
    for name, row in measured.items():
        paper = stated.get(name)
        texts = [f"{value:.2f}" + (f" / {paper[at]:.2f}" if paper else "") for at, value in enumerate(row)]
        table.add_row(name, *texts)
    return table


def _rule_table(rules: dict[str, Any], published: Published | None) -> Table:
    table = Table(title="best-of-N with all tests, %", title_justify="left")
    for name in ("rule", "best-of-N", "minus coderm, 95 % interval"):
        table.add_column(name, justify="right")
    for name, row in rules.items():
        gain = row["minus_coderm"]
        table.add_row(name, f"{row['best_of_n'].mean:.2f}", f"{gain.mean:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]")
    if published and published.best_of_n:
        table.caption = f"published for coderm: {published.best_of_n:.2f}"
    return table


def _model_table(models: dict[str, list[float]]) -> Table:
    table = Table(title="best-of-N by average tests per problem, %", title_justify="left")
    table.add_column("gain model")
    for budget in BUDGETS:
        table.add_column(str(budget), justify="right")
    for name, row in models.items():
        table.add_row(name, *(f"{value:.2f}" for value in row))
    return table
