"""The figures of an audit: totals over problems, estimates with intervals, and thresholds that a pipeline may gate on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coderm.audit.problem_audit import ProblemAudit
from coderm.errors import ConfigError
from coderm.evaluation.ratios import ratio, resampled
from coderm.quality.accepted_wrong import SOURCES

Figures = dict[str, Any]

COUNTS = {
    "wrong_tests": "tests that the reference does not pass",
    "wrong_examples": "examples shown in a question that the reference does not pass",
    "pass_everything": "tests that reject no program they met",
    "pass_nothing": "tests that accept no program they met",
    "unsteady_tests": "tests with a pair that passed in one run and failed in another",
    "equal_tests": "tests whose text an earlier one has",
    "twin_tests": "tests that part the same programs as an earlier one",
    "leaks": "problems whose suite accepts a program that is certainly wrong",
    "suspected_leaks": "problems whose suite accepts a program that reads only a part, and nothing shows that the part matters",
    "too_easy": "problems of which every candidate is accepted",
    "too_hard": "problems of which no candidate is accepted",
    "without_tests": "problems without any test",
    "duplicate_problems": "problems that say what an earlier one says",
    "contaminated": "problems that a given benchmark has, too",
    "lost": "pairs without a verdict, for want of a sandbox",
}
"""What is counted, and what it means."""
SHARES = {f"accepted_by_{name}": f"share of wrong programs accepted; {source}" for name, source in SOURCES.items()}
THRESHOLDS = (*COUNTS, *SHARES)


@dataclass(frozen=True, slots=True)
class Copies:
    """Problems found twice, and problems found in a benchmark: (id, the id of the other and what they have in common)."""

    duplicates: tuple[tuple[str, str], ...] = ()
    contaminated: tuple[tuple[str, str], ...] = ()


def parse_thresholds(given: Iterable[str]) -> dict[str, float]:
    """Read `name=number` texts; raises ConfigError with the choices."""
    found = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ConfigError(f"--fail-on {text}: write it as name=number, for example wrong_tests=0") from None
    if unknown := found.keys() - set(THRESHOLDS):
        raise ConfigError(f"--fail-on {min(unknown)}: no such figure; choose among {', '.join(THRESHOLDS)}")
    return found


def figures(problems: Sequence[ProblemAudit], copies: Copies, seed: int) -> Figures:
    """Return everything that the JSON file and the page hold."""
    counts = _counts(problems, copies)
    return {
        "problems": len(problems),
        "tests": sum(one.tests for one in problems),
        "programs": {name: sum(getattr(one, name) for one in problems) for name in ("candidates", "mutants", "probes")},
        "counts": counts,
        "shares": {name: _share(problems, name.removeprefix("accepted_by_"), seed) for name in SHARES},
        "smallest": _smallest(problems),
        "duplicates": [{"task_id": one, "of": other} for one, other in copies.duplicates],
        "contaminated": [{"task_id": one, "of": other} for one, other in copies.contaminated],
        "per_problem": [_row(one) for one in problems],
    }


def exceeded(found: Figures, thresholds: Mapping[str, float]) -> list[str]:
    """Return a line for each threshold that a figure is above; one that cannot be known is not vouched for, and counts as above."""
    lines = []
    for name, most in thresholds.items():
        value = found["counts"][name] if name in COUNTS else (found["shares"][name] or {}).get("mean")
        if value is None:
            lines.append(f"{name} is not known, and {most:g} is the most allowed")
        elif value > most:
            lines.append(f"{name} is {value:.6g}, and {most:g} is the most allowed")
    return lines


def _counts(problems: Sequence[ProblemAudit], copies: Copies) -> dict[str, int]:
    return {
        "wrong_tests": sum(len(one.wrong) for one in problems),
        "wrong_examples": sum(len(one.wrong_examples) for one in problems),
        "pass_everything": sum(len(one.everything) for one in problems),
        "pass_nothing": sum(len(one.nothing) for one in problems),
        "unsteady_tests": sum(len(one.unsteady) for one in problems),
        "equal_tests": sum(len(group) - 1 for one in problems for group in one.equal),
        "twin_tests": sum(len(group) - 1 for one in problems for group in one.twins),
        "leaks": sum(bool(one.leaks) for one in problems),
        "suspected_leaks": sum(bool(one.suspected) and not one.leaks for one in problems),
        "too_easy": sum(one.too_easy for one in problems),
        "too_hard": sum(one.too_hard for one in problems),
        "without_tests": sum(not one.tests for one in problems),
        "duplicate_problems": len({one for one, _ in copies.duplicates}),
        "contaminated": len({one for one, _ in copies.contaminated}),
        "lost": sum(one.lost for one in problems),
    }


def _share(problems: Sequence[ProblemAudit], estimator: str, seed: int) -> Figures | None:
    """Pool an estimate over the problems that have it; the interval is over problems. None where no problem has it."""
    having = [one.accepted_wrong[estimator] for one in problems if estimator in one.accepted_wrong]
    if not having:
        return None
    draws = resampled(len(having), np.random.default_rng(seed))
    pooled = ratio([one.accepted for one in having], [one.wrong for one in having], draws)
    return asdict(pooled) | {"problems": len(having), "wrong": sum(one.wrong for one in having), "source": SOURCES[estimator]}


def _smallest(problems: Sequence[ProblemAudit]) -> Figures:
    judging = [one for one in problems if one.tests]
    return {
        "tests": sum(len(one.smallest.kept) for one in judging),
        "least": sum(one.smallest.least for one in judging),
        "exact": sum(one.smallest.exact for one in judging),
        "proved": sum(one.proved for one in judging),
        "problems": len(judging),
    }


def _row(one: ProblemAudit) -> Figures:
    suite = one.smallest
    return {
        "task_id": one.task_id,
        **{name: getattr(one, name) for name in ("tests", "split", "reference", "candidates", "mutants", "probes", "lost")},
        **{name: list(getattr(one, name)) for name in ("everything", "nothing", "wrong", "wrong_examples", "unsteady")},
        "equal": [list(group) for group in one.equal],
        "twins": [list(group) for group in one.twins],
        "leaks": [asdict(leak) for leak in one.leaks],
        "suspected": [asdict(leak) for leak in one.suspected],
        "pass_rate": one.rate if np.isfinite(one.rate) else None,
        "signal": one.signal if np.isfinite(one.signal) else None,
        "survivors": [{"kind": kind, "line": line} for kind, line in one.survivors],
        "accepted_wrong": {name: asdict(found) for name, found in one.accepted_wrong.items()},
        "smallest": {"kept": suite.kept.tolist(), "least": suite.least, "exact": suite.exact, "proved": one.proved},
    }
