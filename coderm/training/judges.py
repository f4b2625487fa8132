"""Programs that judge written tests: of each held-out problem its reference, candidates labelled by the hidden checks, and mutants.

Found once, before the training. A mutant that passes the hidden checks is no wrong program, and is left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from coderm.config.schema import SandboxConfig
from coderm.config.training import QualityConfig
from coderm.errors import DataError
from coderm.extract.programs.prelude import runnable
from coderm.messages.execution import NO_VERDICT, Outcome
from coderm.messages.problem import Problem
from coderm.messages.scoring import ProgramVerdict, ScoreRequest, ScoreSettings, UnitTests
from coderm.mutants import make_mutants
from coderm.problems.load import read_problems
from coderm.problems.supplied import open_programs
from coderm.scheduling.blocks import limits_of
from coderm.scoring.scorer import Scorer


@dataclass(frozen=True, slots=True)
class Judges:
    """Of one problem: its reference, candidates with labels, and mutants of the reference that fail its hidden checks."""

    problem: Problem
    reference: str
    candidates: tuple[str, ...] = ()
    labels: tuple[bool, ...] = ()
    mutants: tuple[str, ...] = ()


@dataclass(slots=True)
class Panel:
    """Everything that judges, and the problems that nobody can judge tests of, by reason."""

    judges: list[Judges] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def held_out_problems(config: QualityConfig, learnt: set[str]) -> list[Problem]:
    """Return the problems that tests are written for. Raises DataError where one of them is among the tasks that are learnt."""
    problems = list(read_problems(config.problems)) if config.problems is not None else []
    if both := sorted(problem.task_id for problem in problems if problem.task_id in learnt):
        raise DataError(
            f"quality.problems: {both[0]!r} is learnt too ({len(both)} such), so its figures would say nothing; take it out of "
            "data.path, or choose others by quality.problems.only"
        )
    return problems


async def find_judges(
    problems: Sequence[Problem], config: QualityConfig, sandbox: SandboxConfig, scorer: Scorer, seed: int
) -> Panel:
    """Label candidates and mutants by the hidden checks. Raises DataError when tests of no problem can be judged."""
    supplied = open_programs(Path(config.candidates)) if config.candidates else None
    panel = Panel()
    for problem in problems:
        given = [] if supplied is None else supplied.of(problem)
        found = await _judges(problem, given, config.mutants, sandbox, scorer, seed)
        if isinstance(found, str):
            panel.left_out[found] += 1
        else:
            panel.judges.append(found)
    if not panel.judges:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(panel.left_out.items())) or "there is none"
        raise DataError(f"quality.problems: tests of no problem can be judged ({reasons}); give some with reference and checks")
    return panel


async def _judges(
    problem: Problem, given: Sequence[str], mutants: int, sandbox: SandboxConfig, scorer: Scorer, seed: int
) -> Judges | str:
    if problem.cases is not None:
        return "reads_standard_input"
    if not problem.reference or not problem.checks:
        return "no_reference_or_checks"
    reference = runnable(problem.reference, problem)
    candidates = [runnable(text, problem) for text in given if text.strip()]
    changed = [mutant.text for mutant in make_mutants(reference, 2 * mutants, seed)] if mutants else []
    first, *others = await _labels(problem, [reference, *candidates, *changed], sandbox, scorer)
    if first is not True:
        return "reference_fails_its_checks"
    labelled = [(text, label) for text, label in zip(candidates, others, strict=False) if label is not None]
    wrong = [text for text, label in zip(changed, others[len(candidates) :], strict=True) if label is False]
    texts, labels = tuple(text for text, _ in labelled), tuple(label for _, label in labelled)
    return Judges(problem, reference, texts, labels, tuple(wrong[:mutants]))


async def _labels(problem: Problem, programs: list[str], sandbox: SandboxConfig, scorer: Scorer) -> list[bool | None]:
    settings = ScoreSettings(limits_of(problem, sandbox, "checks"), sandbox.grading, sandbox.fallback, canaries=sandbox.canaries)
    request = ScoreRequest(problem.task_id, tuple(programs), UnitTests(problem.checks), settings)
    return [_label(verdict) for verdict in await scorer.score_all(request)]


def _label(verdict: ProgramVerdict) -> bool | None:
    """Right iff every check is passed; None where that is not known."""
    if verdict.tampered or any(outcome not in (Outcome.PASSED, *NO_VERDICT) for outcome in verdict.outcomes):
        return False
    return True if all(outcome is Outcome.PASSED for outcome in verdict.outcomes) else None


def settings_of_tests(problem: Problem, sandbox: SandboxConfig) -> ScoreSettings:
    """Return how written tests are judged: each for itself, so that none is left out for what another one cost."""
    limits = replace(limits_of(problem, sandbox, "tests"), row_timeouts=0)
    return ScoreSettings(limits, sandbox.grading, sandbox.fallback, canaries=0)
