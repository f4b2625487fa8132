"""What `coderm audit` does: problems with tests in, what is wrong with the tests out; no model is needed unless it is to sample."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from cluster.copies import find_copies
from cluster.here import answers, counted, scoring_here
from cluster.inputs import problem_source
from coderm.arrays import BoolArray
from coderm.audit.judging import Judge, RunCache
from coderm.audit.page import write_page
from coderm.audit.problem_audit import ProblemAudit, audit
from coderm.audit.report import Figures, exceeded, figures
from coderm.audit.show import print_audit
from coderm.audit.subject import Subject, Wanted, make_subject
from coderm.config.loader import load_config
from coderm.config.schema import ProblemsConfig, RunConfig
from coderm.errors import ConfigError, DataError, InfrastructureError
from coderm.problems.labels import read_labels
from coderm.problems.load import read_problems
from coderm.problems.supplied import Supplied, open_programs
from coderm.problems.supplied_tests import GivenTests
from coderm.scoring.cache.factory import make_cache
from coderm.scoring.scorer import Scorer
from coderm.storage.atomic import write_json
from coderm.storage.jsonl import jsonl_writer
from coderm.storage.writable import check_folder

EXCEEDED = 1
"""Exit code where a figure is above its threshold; 2 and 3 say that nothing is known."""
CACHE = "verdicts.sqlite"
CACHE_MB = 64
WIDTH = 150
"""Columns of the tables when the output is no terminal."""


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """What is read. problems: a file, or `starter`. candidates: a file or a run directory. tests: in place of the problems' own."""

    problems: Path
    candidates: Path | None = None
    tests: Path | None = None
    labels: Path | None = None
    benchmarks: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """wanted: what is made and run. sample: candidates to have written for each. group: as `problem_audit.audit` takes it."""

    wanted: Wanted
    sample: int = 0
    group: int = 8


def run(
    given: AuditFiles,
    plan: AuditPlan,
    thresholds: dict[str, float],
    settings: tuple[Path | None, list[str]],
    out: Path,
    console: Console | None = None,
) -> int:
    """`coderm audit`: print the findings, write them to `out`; 0, 1 above a threshold, 3 where pairs were lost."""
    if plan.group < 1 or plan.wanted.runs < 1:
        raise ConfigError("--group and --runs count from 1; raise them")
    check_folder(out)
    source = problem_source(given.problems)
    config = load_config(*settings)
    task_ids = tuple(problem.task_id for problem in read_problems(source))
    if not task_ids:
        raise DataError(f"{given.problems}: holds no problem; give a file with one a line")
    copies = find_copies(read_problems(source), given.benchmarks)
    if plan.sample:
        given = replace(given, candidates=_sampled(source, plan.sample, settings, out))
    inputs = _opened(given, source, task_ids)
    out.mkdir(parents=True, exist_ok=True)
    found = figures(_audited(inputs, plan, config, out, len(task_ids)), copies, config.seed)
    above = exceeded(found, thresholds)
    write_json(out / "audit.json", found | {"exceeded": above})
    write_page(found, above, out)
    print_audit(found, console or wide_console())
    print(f"written to {out}: audit.html, audit.json, and smallest.jsonl, the suites that keep every verdict")
    return _verdict(found, above)


def _verdict(found: Figures, above: list[str]) -> int:
    for line in above:
        print(f"coderm: {line}", file=sys.stderr)
    if lost := found["counts"]["lost"]:
        print(f"coderm: {lost} pairs were lost; the same command tries them again", file=sys.stderr)
        return InfrastructureError.exit_code
    return EXCEEDED if above else 0


def _sampled(source: ProblemsConfig, samples: int, settings: tuple[Path | None, list[str]], out: Path) -> Path:
    """Have the configured policy write candidates, in a run directory of its own that resumes; return it."""
    from cluster.run import run_job

    path, overrides = settings
    name = json.dumps(source.path, ensure_ascii=False)
    forced = [f'problems.source="{source.source}"', f"problems.path={name}", f"policy.samples={samples}", "budget.per_problem=0"]
    run_job(load_config(path, [*overrides, *forced]), out / "sampled")
    return out / "sampled"


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Opened files."""

    source: ProblemsConfig
    candidates: Supplied | None
    tests: Supplied | None
    labels: dict[str, BoolArray]

    def subjects(self, wanted: Wanted) -> Iterator[Subject]:
        """Yield the problems with what is shown to their tests."""
        for problem in read_problems(self.source):
            programs = [] if self.candidates is None else self.candidates.of(problem)
            tests = None if self.tests is None else self.tests.of(problem)
            labels = self.labels.get(problem.task_id)
            yield make_subject(problem, wanted, tests, programs, None if labels is None else labels.tolist())


def _opened(given: AuditFiles, source: ProblemsConfig, task_ids: tuple[str, ...]) -> _Inputs:
    candidates, tests = None, None
    if given.candidates is not None:
        candidates = open_programs(_file(given.candidates, "candidates.jsonl"), needed=False)
        candidates.check(task_ids)
    if given.tests is not None:
        place = _file(given.tests, "tests.jsonl")
        looked = GivenTests(place)
        for problem in read_problems(source):
            looked.look(problem)
        looked.check(task_ids, ())
        tests = looked.supplied
    if given.labels is not None and candidates is None:
        raise DataError(f"{given.labels}: labels are of candidates; give --candidates, too")
    return _Inputs(source, candidates, tests, {} if given.labels is None else read_labels(given.labels))


def _file(path: Path, name: str) -> Path:
    """Return the file of a run directory, or the file that is named."""
    return path / name if path.is_dir() else path


def _audited(inputs: _Inputs, plan: AuditPlan, config: RunConfig, out: Path, total: int) -> list[ProblemAudit]:
    """Judge every problem and write its smallest suite; what was judged before comes from the cache in `out`."""
    cache = make_cache(CACHE_MB, str(out / CACHE))
    found = []
    with (
        scoring_here(config.sandbox, cache) as (runner, scorer),
        jsonl_writer(out / "smallest.jsonl") as write,
        counted("problems", total) as step,
    ):
        judge = Judge(_scorers(scorer, plan.wanted.runs), config.sandbox, own=inputs.tests is None)
        for judged in answers(runner, inputs.subjects(plan.wanted), judge.judge):
            one = audit(judged, plan.group)
            write({"task_id": one.task_id, "unit_tests": [judged.tests[place] for place in one.smallest.kept]})
            found.append(one)
            step()
    return found


def _scorers(first: Scorer, runs: int) -> tuple[Scorer, ...]:
    return (first, *(first.beside(RunCache(first.cache, run)) for run in range(1, runs)))


def wide_console() -> Console:
    """Return where tables go; wide enough for them when the output is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)
