"""What `coderm eval-tests` does: tests of writers in, figures side by side out; no model, unless a config is a writer."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from cluster.commands.audit import CACHE, CACHE_MB, wide_console
from cluster.here import answers, counted, scoring_here
from cluster.inputs import problem_source
from coderm.audit.judging import Judge
from coderm.audit.subject import Subject, Wanted, make_subject
from coderm.audit.writers.comparison import Comparison, Figures
from coderm.audit.writers.judging import Contest, contest
from coderm.audit.writers.page import write_comparison
from coderm.audit.writers.programs import Programs, open_candidates
from coderm.audit.writers.show import print_comparison
from coderm.audit.writers.written import Writer, open_writer
from coderm.config.loader import load_config
from coderm.config.schema import ProblemsConfig, RunConfig
from coderm.errors import ConfigError, DataError, InfrastructureError
from coderm.problems.load import read_problems
from coderm.scoring.cache.factory import make_cache
from coderm.selection.factory import make_rule
from coderm.storage.atomic import write_json
from coderm.storage.writable import check_folder


@dataclass(frozen=True, slots=True)
class WriterFiles:
    """What is read. writers: by name; candidates: a file, a run directory, or recorded answers of the policy."""

    writers: dict[str, Path]
    problems: Path
    candidates: Path


@dataclass(frozen=True, slots=True)
class EvalPlan:
    """mutants: most of each reference. tests: that the engine of a config is to write for each problem. rule: chooses best-of-N."""

    mutants: int = 32
    tests: int = 16
    rule: str = "coderm"


def named(given: Sequence[str]) -> dict[str, Path]:
    """Read `NAME=PATH` or `PATH` texts; raises ConfigError for two of one name."""
    found: dict[str, Path] = {}
    for text in given:
        name, equals, place = text.partition("=")
        path = Path(place if equals else text)
        name = name if equals else (path.name if path.is_dir() else path.stem)
        if name in found:
            raise ConfigError(f"two writers are called {name!r}; name them apart, as in before={found[name]} after={path}")
        found[name] = path
    return found


def run(files: WriterFiles, plan: EvalPlan, settings: tuple[Path | None, list[str]], out: Path) -> int:
    """`coderm eval-tests`: print the figures and write them to `out`; 3 where pairs were lost."""
    check_folder(out)
    config = load_config(*settings)
    rule = make_rule(config.selection, plan.rule)
    source = problem_source(files.problems)
    candidates = open_candidates(files.candidates)
    writers = {name: _written(name, path, source, files, plan, out) for name, path in files.writers.items()}
    opened = {name: open_writer(path) for name, path in writers.items()}
    total = _known(source, opened, candidates, files)
    out.mkdir(parents=True, exist_ok=True)
    comparison = Comparison(tuple(opened), rule)
    for found in _contests(source, opened, candidates, plan, config, out, total):
        comparison.add(found)
    summary = comparison.summary(config.seed)
    write_json(out / "eval_tests.json", summary)
    write_comparison(summary, out)
    print_comparison(summary, wide_console())
    print(f"written to {out}: eval_tests.json, eval_tests.html and charts")
    return _verdict(summary)


def _verdict(summary: Figures) -> int:
    if not summary["lost"]:
        return 0
    print(f"coderm: {summary['lost']} pairs were lost; the same command tries them again")
    return InfrastructureError.exit_code


def _written(name: str, path: Path, source: ProblemsConfig, files: WriterFiles, plan: EvalPlan, out: Path) -> Path:
    """Return where a writer's tests are; those of a config are written first, in a run directory that resumes."""
    if path.suffix != ".toml":
        return path
    from cluster.run import run_job
    from coderm.scheduling.roles import UserFiles

    quoted = json.dumps(source.path, ensure_ascii=False)
    forced = [f'problems.source="{source.source}"', f"problems.path={quoted}", f"budget.per_problem={plan.tests}"]
    directory = out / f"written-{name}"
    run_job(load_config(path, forced), directory, UserFiles(_candidates_file(files.candidates, source, out), None))
    return directory


def _candidates_file(path: Path, source: ProblemsConfig, out: Path) -> Path:
    """Return candidates as a file that a run reads."""
    return open_candidates(path).as_file(read_problems(source), out / "candidates.jsonl")


def _known(source: ProblemsConfig, writers: dict[str, Writer], candidates: Programs, files: WriterFiles) -> int:
    """Return the number of problems; raises DataError where a writer knows none of them, or nobody wrote a program."""
    task_ids = [problem.task_id for problem in read_problems(source)]
    numbers = {task_id.rpartition("/")[2] for task_id in task_ids} | set(task_ids)
    for name, writer in writers.items():
        if not writer.task_ids() & numbers:
            raise DataError(
                f"{files.writers[name]}: holds tests for none of the problems of {files.problems}; give files of one set"
            )
    if not candidates.task_ids() & numbers:
        raise DataError(f"{files.candidates}: holds programs for none of the problems of {files.problems}; give files of one set")
    return len(task_ids)


def _contests(
    source: ProblemsConfig,
    writers: dict[str, Writer],
    candidates: Programs,
    plan: EvalPlan,
    config: RunConfig,
    out: Path,
    total: int,
) -> Iterator[Contest]:
    with closing(make_cache(CACHE_MB, str(out / CACHE))) as cache:
        with scoring_here(config.sandbox, cache) as (runner, scorer), counted("problems", total) as step:
            checks, tests = Judge((scorer,), config.sandbox), Judge((scorer,), config.sandbox, own=False)

            async def judge(subject: Subject) -> Contest:
                written = {name: writer.of(subject.problem) for name, writer in writers.items()}
                return await contest(subject, written, checks, tests)

            for found in answers(runner, _subjects(source, candidates, plan), judge):
                yield found
                step()


def _subjects(source: ProblemsConfig, candidates: Programs, plan: EvalPlan) -> Iterator[Subject]:
    """Yield the problems with their candidates and mutants; no probes, which are of no writer's doing."""
    for problem in read_problems(source):
        subject = make_subject(problem, Wanted(plan.mutants), None, candidates.of(problem), None)
        yield replace(subject, probes=())
