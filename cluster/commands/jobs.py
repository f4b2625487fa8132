"""What the command line's commands do; each returns its exit code."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from cluster.run import plan_job, run_job
from coderm.config.loader import load_config
from coderm.config.schema import RunConfig
from coderm.errors import DataError, EngineError, InfrastructureError
from coderm.problems.detect import detect_source
from coderm.report.plan import print_plan
from coderm.report.table import print_report
from coderm.scheduling.roles import NO_FILES, UserFiles


def run(config: Path, out: Path | None, overrides: list[str], *, dry: bool = False, profile: bool = False) -> int:
    """`coderm run`: a config from problems to chosen programs; `dry`: only what the budget would buy; `profile`: and where the
    time went."""
    loaded = load_config(config, overrides)
    directory = out or Path("runs") / f"{config.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    if dry:
        print_plan(loaded, *plan_job(loaded, directory), Console())
        return 0
    return _finish(loaded, directory, NO_FILES, profile=profile)


def score(
    problems: Path, files: UserFiles, config: Path | None, out: Path | None, overrides: list[str], *, profile: bool = False
) -> int:
    """`coderm score`: the user's own candidates, and tests if there are any."""
    for path in (problems, files.candidates, files.tests):
        if path is not None and not path.is_file():
            raise DataError(f"{path}: no such file; check the name given")
    name = json.dumps(str(problems), ensure_ascii=False)  # as TOML text, whatever it holds
    given = [f'problems.source="{detect_source(problems)}"', f"problems.path={name}"]
    loaded = load_config(config, [*given, *overrides])
    directory = out or Path("runs") / f"score-{time.strftime('%Y%m%d-%H%M%S')}"
    return _finish(loaded, directory, files, profile=profile)


def _finish(config: RunConfig, out: Path, files: UserFiles, *, profile: bool) -> int:
    if config.sandbox.type == "local":
        print('coderm: sandbox.type = "local" protects nothing: programs run as plain processes of this machine', file=sys.stderr)
    summary: dict[str, Any] = run_job(config, out, files)
    print_report(summary, out, Console())
    if profile:
        _print_profile(out)
    if summary["lost"]:
        print(f"coderm: {summary['lost']} commands lost; the same command tries them again", file=sys.stderr)
        return InfrastructureError.exit_code
    return 0


def report(directory: Path, *, curve: bool, why: str | None = None, profile: bool = False) -> int:
    """`coderm report`: print the figures of a run directory; `why`: of one problem, who was chosen and why; `profile`: only where
    the time went."""
    from coderm.report.table import load_summary, print_curve
    from coderm.report.why import print_why

    console = Console()
    if profile:
        _print_profile(directory)
        return 0
    if why is not None:
        print_why(directory, why, console)
        return 0
    summary = load_summary(directory)
    print_report(summary, directory, console)
    if curve:
        print_curve(directory, console)
    return 0


def _print_profile(directory: Path) -> None:
    from coderm.report.profile import print_profile

    print_profile(directory, Console())


def show(directory: Path, task_id: str) -> int:
    """`coderm show`: one problem with its pass matrix in colour."""
    from coderm.report.show import print_problem

    print_problem(directory, task_id, Console())
    return 0


def compare(directories: Sequence[Path], page: Path | None, figures: Path | None) -> int:
    """`coderm compare`: runs side by side; the first is the base."""
    from coderm.report.compare import compare as compared
    from coderm.report.compare import load_run
    from coderm.report.compare_table import print_comparison
    from coderm.report.page.comparison import write_comparison
    from coderm.storage.atomic import write_json

    if len(directories) < 2:
        raise DataError("compare: one run directory was given; give two or more")
    found = compared([load_run(directory) for directory in directories])
    print_comparison(found, Console())
    if page is not None:
        write_comparison(found, page)
    if figures is not None:
        write_json(figures, found.as_json())
    return 0


def export(directory: Path, name: str, out: Path, *, every: bool) -> int:
    """`coderm export`: a run in another project's format."""
    from coderm.report.exporting.export import export as exported

    print(exported(directory, name, out, every=every))
    return 0


def doctor(config: Path | None) -> int:
    """`coderm doctor`: what this machine has, what is missing, what to type."""
    from cluster.commands.doctor import diagnose, print_findings

    fine = print_findings(diagnose(load_config(config) if config else None), Console())
    return 0 if fine else InfrastructureError.exit_code


def gc(*, everything: bool) -> int:
    """`coderm gc`: remove containers that dead runs left behind."""
    from coderm.sandbox.containers.sweep import sweep

    swept = sweep(everything=everything)
    print(f"removed {len(swept.removed)} container(s)" + "".join(f"\n  {name}" for name in swept.removed))
    if swept.failed:
        told = "".join(f"\n  {text}" for text in swept.failed)
        raise EngineError(f"{len(swept.failed)} container(s) could not be removed; try `docker rm -f NAME`:{told}")
    return 0
