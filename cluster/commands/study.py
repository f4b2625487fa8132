"""What `coderm study` and `coderm simulate` do; neither starts Ray unless a matrix has to be made first."""

from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from coderm.budget.gain_models.storage import save_model
from coderm.config.schema import ProblemsConfig, SelectionConfig, choice_name
from coderm.errors import ConfigError, DataError
from coderm.problems.detect import detect_source
from coderm.problems.load import read_problems
from coderm.problems.starter import STARTER
from coderm.selection.factory import RULES, make_rules
from coderm.storage.jsonl import write_jsonl
from coderm.storage.writable import check_folder
from coderm.study.cases import StudyPaths, read_study
from coderm.study.show import print_study, write_study
from coderm.study.simulation.published import POLICY, PUBLISHED, PUBLISHED_SIZE, WRITERS
from coderm.study.simulation.show import show_trial, write_trial
from coderm.study.simulation.trial import run_trial
from coderm.study.simulation.world import simulate as simulated
from coderm.study.study import StudyPlan
from coderm.study.study import study as studied

WIDTH = 150
"""Columns of the tables when the output is no terminal."""


@dataclass(frozen=True, slots=True)
class StudyInputs:
    """Files given to `coderm study`; without a matrix the tests are run first, and the visible examples with them.

    examples: where candidates met the visible examples: a pass matrix, or a directory to make one in.
    """

    problems: Path
    candidates: Path | None
    tests: Path | None
    labels: Path | None
    matrix: Path | None
    predicted: Path | None = None
    examples: Path | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Size of a simulation."""

    writer: str
    problems: int
    candidates: int
    tests: int
    seed: int


def study(given: StudyInputs, plan: StudyPlan, out: Path) -> int:
    """`coderm study`: every rule and gain model on recorded problems."""
    check_folder(out)
    if str(given.problems) == "starter":
        given = replace(given, problems=STARTER)
    found = studied(read_study(_paths(given, out)), plan)
    print_study(found.figures, _console())
    write_study(found.figures, out)
    for rule, models in found.models.items():
        choice = choice_name(rule, examples=plan.examples)
        for one in models:
            save_model(out / f"{one.file}-{rule}.json", one.model, choice, one.rows, one.source)
    print(f"written to {out}: study.html, study.json, charts and the fitted gain models of every rule")
    if not any(one.source for models in found.models.values() for one in models):
        print("no curve is among them: a run reads pass rates that this study did not see; give --examples or --predicted")
    return 0


def _paths(given: StudyInputs, out: Path) -> StudyPaths:
    matrix = given.matrix
    if matrix is None:
        if given.candidates is None or given.tests is None:
            raise DataError("coderm study needs --matrix, or --candidates and --tests to make one; give the files")
        matrix = _score(given.problems, given.candidates, given.tests, out / "score")
    run = matrix if matrix.is_dir() else matrix.parent
    candidates, labels = given.candidates or run / "candidates.jsonl", given.labels or run / "labels.jsonl"
    wanted = given.examples or (out / "examples" if given.matrix is None else None)
    examples = wanted and _examples(given.problems, candidates, wanted)
    return StudyPaths(given.problems, candidates, labels, matrix, given.predicted, examples)


def _score(problems: Path, candidates: Path, tests: Path, out: Path, *overrides: str) -> Path:
    from cluster.commands import jobs
    from coderm.scheduling.roles import UserFiles

    if jobs.score(problems, UserFiles(candidates, tests), None, out, list(overrides)):
        raise DataError(f"{out}: the tests did not all run; the same command tries again")
    return out


def _examples(problems: Path, candidates: Path, place: Path) -> Path | None:
    """Where candidates met the visible examples; run here, none left out, if nothing is there yet. None without any example."""
    if place.is_file() or (place / "matrix.parquet").is_file():
        return place
    source = ProblemsConfig(source=detect_source(problems), path=str(problems))
    rows = [{"task_id": problem.task_id, "unit_tests": list(problem.examples)} for problem in read_problems(source)]
    if not any(row["unit_tests"] for row in rows):
        return None
    place.mkdir(parents=True, exist_ok=True)
    tests = place.with_name(f"{place.name}.jsonl")
    write_jsonl(tests, rows)
    return _score(problems, candidates, tests, place, "sandbox.row_timeouts=0")


def simulate(world: World, rule: str, out: Path | None) -> int:
    """`coderm simulate`: every rule and gain model on simulated problems."""
    if world.writer not in WRITERS:
        raise ConfigError(f"--writer {world.writer!r} is unknown; choose one of {', '.join(WRITERS)}")
    if rule not in RULES:
        raise ConfigError(f"--rule {rule!r} is unknown; choose one of {', '.join(RULES)}")
    if min(world.problems - 1, world.candidates, world.tests) < 1:
        raise ConfigError("a simulation needs two problems, a candidate and a test: raise --problems, --candidates or --tests")
    if out is not None:
        check_folder(out)
    problems = simulated(POLICY, WRITERS[world.writer], world.problems, world.candidates, world.tests, world.seed)
    trial = run_trial(problems, make_rules(SelectionConfig()), rule)
    comparable = (world.candidates, world.tests) == PUBLISHED_SIZE
    figures = show_trial(trial, PUBLISHED.get(world.writer) if comparable else None, world.seed, _console())
    if out is not None:
        write_trial(figures, out)
    return 0


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)
