"""Who writes in a run: which roles, with which engines, and whether those can do what the run asks of them.

The one place that decides it: what is checked, started and placed follows from here. Never starts anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coderm.config.schema import EngineConfig, RunConfig, VllmEngine
from coderm.errors import ConfigError
from coderm.generation.prompts import check_template
from coderm.messages.generation import Role
from coderm.messages.hidden_states import StateSpec


@dataclass(frozen=True, slots=True)
class UserFiles:
    """The user's own candidates and tests; None: the models write them."""

    candidates: Path | None = None
    tests: Path | None = None

    def absolute(self) -> "UserFiles":
        """The same files under names that hold in every process of this node."""
        return UserFiles(*(path and path.absolute() for path in (self.candidates, self.tests)))


NO_FILES = UserFiles()
"""Of a run whose models write everything."""


def writing_roles(config: RunConfig, files: UserFiles) -> dict[Role, str]:
    """Return the engine name of each role that will write: who brings a file needs no writer, nor does a budget of no tests."""
    roles: dict[Role, str] = {} if files.candidates else {"policy": config.policy.engine}
    return roles if files.tests or config.budget.empty else roles | {"coderm": config.coderm.engine}


def writing_engines(config: RunConfig, files: UserFiles) -> dict[str, EngineConfig]:
    """Return the engines of the roles that will write, by name; roles may share one."""
    return {name: config.engines[name] for name in sorted(set(writing_roles(config, files).values()))}


def check_roles(config: RunConfig, roles: Mapping[Role, str]) -> None:
    """Raise ConfigError for a role without its engine, or whose template leaves out what the model must see."""
    for role, name in roles.items():
        if name not in config.engines:
            there = ", ".join(config.engines)
            remedy = f"name one of those there: {there}" if there else "examples/ shows how to write one"
            raise ConfigError(f"{role}.engine = {name!r}: there is no [engines.{name}] in the config; {remedy}")
        template = (config.policy if role == "policy" else config.coderm).prompt.template
        if template:
            check_template(template, role)


def check_states(spec: StateSpec, engines: Mapping[str, EngineConfig]) -> None:
    """Raise ConfigError where none of the engines that write can give the hidden states that a probe reads.

    A recorded or remote engine has no states to read, and a model of its own is loaded beside it. A local one runs the model that
    it writes with, and on GPUs keeps its layers.
    """
    local = {name: engine for name, engine in engines.items() if isinstance(engine, VllmEngine)}
    own = next(((name, engine) for name, engine in local.items() if engine.model == spec.model), None)
    if len(local) == len(engines) and own is None:
        models = [engine.model for engine in local.values()]
        raise ConfigError(
            f"budget.probe reads states of {spec.model}, the engines run {', '.join(sorted(set(models)))}; "
            f"train a probe with `coderm probe train --model {models[0]}` and name its directory"
        )
    if own is not None and own[1].gpus and own[1].hidden_layers != spec.layers:
        raise ConfigError(
            f"budget.probe reads layers {list(spec.layers)} of {spec.model}, the engine keeps {list(own[1].hidden_layers)}; "
            f"set engines.{own[0]}.hidden_layers = {list(spec.layers)}"
        )
