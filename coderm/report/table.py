"""Prints the figures of a finished run as plain tables."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.config.schema import SelectionConfig, choice_name
from coderm.errors import DataError
from coderm.evaluation.curves import subsample_curve
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.selection.factory import make_rules
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

Summary = dict[str, Any]


def load_summary(directory: Path) -> Summary:
    """Read a run's summary. Raises DataError when there is none yet, or it is broken."""
    path = RunDirectory(directory).summary
    try:
        return _whole(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataError(
            f"{path}: no such file; the run has not finished (run it again to resume) or this is no run directory"
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not readable ({error}); run the same command again to write it anew") from None


def _whole(summary: Any) -> Summary:
    if not isinstance(summary, dict) or not {"problems", "outcomes", "seconds", "rule"} <= summary.keys():
        raise ValueError("no summary of a run")
    return summary


def print_report(summary: Summary, directory: Path, console: Console) -> None:
    """Print accuracy, outcomes, rejections and cost."""
    console.print(_accuracy(summary, directory))
    console.print(_counts(summary))


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _accuracy(summary: Summary, directory: Path) -> Table:
    table = Table(title=f"{directory}: {summary['problems']} problems, {summary['labelled']} with checks", title_justify="left")
    for name, justify in (("choice", "left"), ("accuracy %", "right"), ("gain over pass@1, 95 % interval", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    table.add_row("pass@1 (no selection)", _percent(summary["pass_at_1"]), "")
    for rule, score in (summary["best_of_n"] or {}).items():
        gain = summary["intervals"][rule]["gain_over_pass_at_1"]
        mark = " *" if rule == summary["rule"] else ""
        table.add_row(
            f"best-of-N, {rule}{mark}",
            _percent(score),
            f"{100 * gain['mean']:+.2f} [{100 * gain['low']:+.2f}, {100 * gain['high']:+.2f}]",
        )
    table.add_row("pass@N (a perfect judge)", _percent(summary["pass_at_n"]), "")
    table.caption = f"* the rule behind selected.jsonl; {_spread(summary)}"
    return table


def _spread(summary: Summary) -> str:
    problems = max(summary["problems"], 1)
    return f"{summary['candidates'] / problems:.1f} candidates and {summary['tests'] / problems:.1f} tests per problem"


def _counts(summary: Summary) -> Table:
    table = Table(show_header=False, box=None)
    seconds = summary["seconds"]
    rows = {
        "budget": _budget(summary.get("budget")),
        "pairs": f"{summary['pairs']:,} in the matrix; {summary['pairs_executed']:,} executed, checks included; "
        f"{summary.get('pairs_left_out', 0):,} left out by sandbox.row_timeouts; "
        f"{summary.get('pairs_unserved', 0):,} unserved by isolated grading; "
        f"{summary.get('pairs_skipped_early', 0):,} skipped by selection.early_stop",
        "outcomes": _listed(summary["outcomes"]),
        "checks": _listed(summary["check_outcomes"]),
        "judged under": " ".join(f"{name} {version}" for name, version in summary.get("sandbox", {}).get("judging", {}).items())
        or "-",
        "gradings": f"{_listed(summary.get('gradings', {}))}; of checks: {_listed(summary.get('check_gradings', {}))}",
        "near the limit": f"{summary.get('pairs_rerun', 0):,} run again, {summary.get('pairs_flipped', 0):,} changed their outcome",
        "proved endless": f"{summary.get('pairs_proved_endless', 0):,} timeouts before their limit",
        "rejected texts": _listed(summary["rejected"]),
        "lost": f"{summary['lost']}",
        "containers exchanged": _listed(summary.get("recycled", {})),
        "canaries": f"{summary.get('canaries', 0)} made; {summary.get('tampered_candidates', 0)} candidates passed one (tampered)",
        "without candidates / tests": f"{summary['without_candidates']} / {summary['without_tests']} problems",
        "tests without a case": f"{summary.get('tests_without_case', 0):,} of {summary['tests']:,}",
        "tokens": _listed(summary["tokens"]),
        "seconds": ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()),
    }
    for name, text in rows.items():
        table.add_row(name, text)
    return table


def _budget(spent: Any) -> str:
    """What was spent and is left, tests of each round, and tests and cost per problem by predicted pass rate."""
    if not spent:
        return "none"
    rounds = " + ".join(f"{tests:,}" for tests in spent["rounds"])
    rates = spent["by_predicted_pass_rate"].items()
    unit = spent.get("unit", "tests")
    where = ", ".join(_share(name, part, unit) for name, part in rates)
    left = ""
    if spent.get("total") is not None:
        left = f"; {spent['spent']:,.10g} of {spent['total']:,.10g} {unit} spent, {spent['left']:,.10g} left"
    return f"{spent['model']}, {rounds} tests allotted{left}" + (f"; a problem by predicted pass rate: {where}" if where else "")


def _share(name: str, part: Any, unit: str) -> str:
    cost = "" if unit == "tests" else f" and {part['spent'] / part['problems']:,.1f} {unit}"
    return f"{name}: {part['tests'] / part['problems']:.1f} tests{cost} ({part['problems']} problems)"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda item: -item[1])) or "none"


def print_curve(directory: Path, console: Console) -> None:
    """Print best-of-N against the number of tests for every rule, the run's also with visible examples.

    Tests are drawn without replacement, 100 repetitions.
    """
    with Journal(RunDirectory(directory).journal, readonly=True) as journal:
        problems = [problem for result in journal.results() if (problem := FinishedProblem(result)).labelled and result.programs]
    if any(problem.result.skipped for problem in problems):
        raise DataError(f"{directory}: early stopping left pairs out, and the curve needs all; set selection.early_stop = false")
    if not problems:
        raise DataError(f"{directory}: no problem has checks, so there is no accuracy to draw a curve of")
    pairs = [problem.judged(np.arange(len(problem.positions))) for problem in problems]
    sizes = [size for size in (1, 2, 4, 8, 16, 32, 64, 128) if size <= max(passed.shape[1] for passed, _ in pairs)] or [1]
    table = Table(title="best-of-N % by tests per problem (95 % interval over draws)", title_justify="left")
    for name in ("rule", *(str(size) for size in sizes)):
        table.add_column(name, justify="right")
    rules = make_rules(SelectionConfig())
    rows = {name: (rule, pairs) for name, rule in rules.items()}
    if any(problem.examples is not None for problem in problems):
        chosen = load_summary(directory)["rule"]
        rows[choice_name(chosen, examples=True)] = rules[chosen], [problem.judged(problem.best_on_examples) for problem in problems]
    for name, (rule, known) in rows.items():
        curve = subsample_curve(rule, known, sizes, np.random.default_rng(0))
        table.add_row(name, *(f"{100 * point.mean:.2f} ±{100 * (point.high - point.mean):.2f}" for point in curve))
    console.print(table)
