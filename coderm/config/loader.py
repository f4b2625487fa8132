"""Reads a config: `--set a.b=c` first, then CODERM__A__B variables, then the TOML file, then the defaults.

Names of files in a TOML file are relative to its folder, those of `--set` and variables to the working directory
(coderm.config.paths). A variable may be meant for another kind of config: one of a section that only others have is passed over.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from coderm.config.paths import folder_of, from_command_line
from coderm.config.schema import RunConfig, Section
from coderm.errors import ConfigError

if TYPE_CHECKING:  # a run needs none of them
    from coderm.config.data import DataConfig
    from coderm.config.service import ServiceConfig
    from coderm.config.training import TrainConfig

S = TypeVar("S", bound=Section)
ENV_PREFIX = "CODERM__"
LOG_LEVEL = "CODERM_LOG"
"""A short name for the variable of cluster.log_level."""


def load_config(path: Path | None, overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> RunConfig:
    """Read a TOML file, the environment and `a.b=c` overrides into one config.

    Raises ConfigError naming the file and the key. `path` None starts from the defaults.
    """
    return _loaded(RunConfig, path, overrides, environ)


def load_service_config(
    path: Path | None, overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None
) -> "ServiceConfig":
    """Read the config of a reward service, as `load_config` does that of a run."""
    from coderm.config.service import ServiceConfig

    return _loaded(ServiceConfig, path, overrides, environ)


def load_data_config(path: Path | None, overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> "DataConfig":
    """Read the config of a build of training data, as `load_config` does that of a run."""
    from coderm.config.data import DataConfig

    return _loaded(DataConfig, path, overrides, environ)


def load_train_config(path: Path | None, overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> "TrainConfig":
    """Read the config of a training, as `load_config` does that of a run; it has no level of logs."""
    from coderm.config.training import TrainConfig

    return _loaded(TrainConfig, path, overrides, environ)


def _loaded(kind: type[S], path: Path | None, overrides: Sequence[str], environ: Mapping[str, str] | None) -> S:
    data = _file(path)
    for name, keys, value in _variables(os.environ if environ is None else environ):
        if keys[0] in kind.model_fields or not _is_of_another(keys[0], name):
            _assign(data, keys, value, name)
    for item in overrides:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {item}: write it as section.key=value, for example --set budget.per_problem=8")
        _assign(data, key.strip().split("."), value, f"--set {key}")
    return _parsed(kind, data, str(path) if path else "settings", path)


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, list[str], str]]:
    """Yield name, keys and value of the variables that are settings."""
    if level := environ.get(LOG_LEVEL):
        yield LOG_LEVEL, ["cluster", "log_level"], level.lower()
    for name, value in sorted(environ.items()):
        if name.startswith(ENV_PREFIX):
            yield name, name.removeprefix(ENV_PREFIX).lower().split("__"), value


def _is_of_another(section: str, name: str) -> bool:
    """Whether a kind of config has this section or key; the variable is a mistake where none has."""
    from coderm.config.data import DataConfig
    from coderm.config.service import ServiceConfig
    from coderm.config.training import TrainConfig

    if any(section in kind.model_fields for kind in (RunConfig, ServiceConfig, DataConfig, TrainConfig)):
        return True
    raise ConfigError(f"the variable {name} names no setting: no config has {section}")


def _file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such config file; examples are in examples/") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}") from None


def parse_config(data: Mapping[str, Any], origin: str, path: Path | None = None) -> RunConfig:
    """Validate a plain tree, read from the config file `path` if any; raises ConfigError with every mistake on one line."""
    return _parsed(RunConfig, data, origin, path)


def _parsed(kind: type[S], data: Mapping[str, Any], origin: str, path: Path | None) -> S:
    try:
        return kind.model_validate(data, context=folder_of(path))
    except ValidationError as error:
        raise ConfigError(f"{origin}: " + "; ".join(_explain(dict(item)) for item in error.errors())) from None


def _explain(item: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    given = "" if item["type"] in ("missing", "value_error") else f", not {item.get('input')!r}"
    text = str(item["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}{given}" if where else text


def _assign(data: dict[str, Any], keys: Sequence[str], text: str, origin: str) -> None:
    node = data
    for key in keys[:-1]:
        node = node.setdefault(key, {})
        if not isinstance(node, dict):
            raise ConfigError(f"{origin}: {key} is a value, not a section")
    node[keys[-1]] = _literal(text)


def _literal(text: str) -> Any:
    """Read a TOML value; anything that is none is taken as a string. Files in it are of the working directory."""
    try:
        return from_command_line(tomllib.loads(f"x = {text}")["x"])
    except (tomllib.TOMLDecodeError, RecursionError):
        return from_command_line(text)
