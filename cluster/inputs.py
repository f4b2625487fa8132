"""Checks everything a job is given before anything is started, and names what decides its results.

Reads every file once and keeps ids and digests only.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.config.packages import wanted_packages
from coderm.config.schema import OpenAIEngine, ProblemsConfig, RunConfig, ScriptedEngine, VllmEngine
from coderm.errors import ConfigError, DataError
from coderm.messages.hashing import content_hash
from coderm.problems.detect import detect_source
from coderm.problems.load import read_problems
from coderm.problems.supplied import open_programs
from coderm.problems.supplied_tests import GivenTests
from coderm.scheduling.roles import UserFiles, check_roles, writing_roles
from coderm.scheduling.spending import probe_directory


@dataclass(frozen=True, slots=True)
class Inputs:
    """Ids of the problems in order. identity: what decides results, all settings but the cluster and the rule of the final
    choice, and digests of all content; a run directory belongs to one identity."""

    task_ids: tuple[str, ...]
    identity: dict[str, Any]


def check_inputs(config: RunConfig, files: UserFiles) -> Inputs:
    """Read all input once. Raises InputError for anything that cannot be used."""
    given = None if files.tests is None else GivenTests(files.tests)
    problems = {}
    for problem in read_problems(config.problems):
        problems[problem.task_id] = content_hash(repr(problem))
        if given is not None:
            given.look(problem)
    if not problems:
        raise ConfigError("there is no problem to solve; check problems.path, problems.only and problems.limit")
    if files.candidates is not None:
        open_programs(files.candidates).check(problems, _others(config.problems))
    if given is not None:
        given.check(problems, _others(config.problems))
    roles = writing_roles(config, files)
    check_roles(config, roles)
    read = {"candidates": files.candidates, "tests": files.tests, **{name: _recording(config, name) for name in roles.values()}}
    read |= _probe_files(config) if "coderm" in roles else {}
    read |= {"requirements": Path(config.sandbox.requirements)} if config.sandbox.requirements else {}
    wanted_packages(config.sandbox.packages, config.sandbox.requirements)
    content = {"problems": content_hash(*problems.values())} | {name: file_digest(path) for name, path in read.items() if path}
    return Inputs(tuple(problems), _deciding(config) | {"content": content})


def problem_source(path: Path) -> ProblemsConfig:
    """Return how a file of problems, or `starter`, is read; raises DataError for one that cannot be."""
    return ProblemsConfig() if str(path) == "starter" else ProblemsConfig(source=detect_source(path), path=str(path))


def _others(config: ProblemsConfig) -> Iterator[str]:
    """Ids of all problems of the source where only some are selected; read when asked for."""
    if config.limit is not None or config.only:
        yield from (problem.task_id for problem in read_problems(config.model_copy(update={"limit": None, "only": ()})))


def _probe_files(config: RunConfig) -> dict[str, Path]:
    """Files of the probe and the fitted gain model, where they are read."""
    budget = config.budget
    if budget.model == "equal":
        return {}
    fitted = {"fitted": Path(budget.fitted)} if budget.fitted else {}
    return fitted | {f"probe/{path.name}": path for path in sorted(probe_directory(budget).glob("probe.*"))}


_OPERATION: dict[str, frozenset[str]] = {
    "engine": frozenset(VllmEngine.model_fields) - {"type", "model", "dtype", "max_model_len", "extra"}
    | frozenset(OpenAIEngine.model_fields) - {"type", "model"}
    | {"path"},
    "sandbox": frozenset({"details", "details_kb", "engine_timeout_s", "image", "runtime", "recycle_blocks", "recycle_growth_mb"})
    | {"requirements"},
    "problems": frozenset({"path"}),
}
"""Settings that say where and how fast, not what: a run may be resumed with others. Content stands in by its digest."""


def _deciding(config: RunConfig) -> dict[str, Any]:
    """The settings that decide results: no cluster, no logger, no rule of the final choice, nothing of how work is carried out."""
    data = without_operation(config.model_dump(mode="json", exclude={"cluster", "selection", "loggers"}))
    return data | ({"early_stop": True} if config.selection.early_stop else {})


def without_operation(data: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of sandbox, problems and engines without those that say where and how fast."""
    for name in {"sandbox", "problems"} & data.keys():
        data[name] = {key: value for key, value in data[name].items() if key not in _OPERATION[name]}
    for name, engine in data["engines"].items():
        data["engines"][name] = {key: value for key, value in engine.items() if key not in _OPERATION["engine"]}
    return data


def _recording(config: RunConfig, name: str) -> Path | None:
    engine = config.engines[name]
    return Path(engine.path) if isinstance(engine, ScriptedEngine) else None


def file_digest(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check the name given") from None
