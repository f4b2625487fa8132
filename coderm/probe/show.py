"""The probe's training and evaluation as tables."""

import sys
from collections.abc import Callable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from coderm.probe.training.cross_validation import Predictor
from coderm.probe.training.train import Labels


def describe(labels: Labels) -> str:
    return f"{len(labels.rates)} problems, {int(labels.weights.sum())} candidates, mean pass rate {labels.rate:.4f}"


def counter(what: str) -> Callable[[int, int], None]:
    """Tell progress on standard error, in place on a terminal, about every tenth part elsewhere."""
    lively, told = sys.stderr.isatty(), [-1]

    def tell(done: int, total: int) -> None:
        step = 10 * done // max(total, 1)
        if lively:
            print(f"\r{what}: {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif step != told[0]:
            print(f"{what}: {done}/{total}", file=sys.stderr, flush=True)
        told[0] = step

    return tell


def print_scores(title: str, predictors: Sequence[Predictor]) -> None:
    told = "gain: log-loss below the constant predictor's, 95 % over problems"
    table = Table(title=title, title_justify="left", caption=told, caption_justify="left", box=SIMPLE_HEAD, collapse_padding=True)
    for name in ("predictor", "log-loss", "gain", "Brier", "ECE", "Spearman"):
        table.add_column(name, justify="left" if name == "predictor" else "right", no_wrap=True)
    for predictor in predictors:
        scores, gain = predictor.scores, predictor.gain
        span = f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
        figures = [scores.log_loss, scores.brier, scores.ece, scores.spearman]
        shown = [f"{figure:.4f}" if figure == figure else "-" for figure in figures]
        table.add_row(predictor.name, shown[0], span, *shown[1:])
    Console().print(table)
