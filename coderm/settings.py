"""Reads a config: `--set a.b=c` first, then CODERM__A__B variables, then the TOML file, then the defaults.

Names of files in a TOML file are relative to its folder; those of `--set` and variables to the working directory.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coderm.config import RunConfig
from coderm.errors import ConfigError

ENV_PREFIX = "CODERM__"


def load_config(path: Path | None, overrides: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> RunConfig:
    """Read a TOML file, the environment and `a.b=c` overrides into one config.

    Raises ConfigError naming the file and the key. `path` None starts from the defaults.
    """
    data: dict[str, Any] = {}
    if path is not None:
        try:
            data = _anchored(tomllib.loads(path.read_text(encoding="utf-8")), path.parent)
        except FileNotFoundError:
            raise ConfigError(f"{path}: no such config file; examples are in examples/") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise ConfigError(f"{path}: not readable as TOML: {error}") from None
    for name, value in sorted((os.environ if environ is None else environ).items()):
        if name.startswith(ENV_PREFIX):
            _assign(data, name.removeprefix(ENV_PREFIX).lower().split("__"), value, name)
    for item in overrides:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {item}: write it as section.key=value, for example --set budget.per_problem=8")
        _assign(data, key.strip().split("."), value, f"--set {key}")
    return parse_config(data, str(path) if path else "settings")


def _anchored(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Name files by the folder of the TOML file they stand in; a model only if that directory is there, else it is a hub's."""
    problems, engines = data.get("problems"), data.get("engines")
    if isinstance(problems, dict) and problems.get("source") not in (None, "starter", "hub"):
        _anchor(problems, "path", folder)
    budget = data.get("budget")
    if isinstance(budget, dict):
        _anchor(budget, "fitted", folder)
    if isinstance(budget, dict) and isinstance(budget.get("probe"), str) and (folder / budget["probe"]).is_dir():
        _anchor(budget, "probe", folder)
    for engine in engines.values() if isinstance(engines, dict) else ():
        if isinstance(engine, dict):
            _anchor(engine, "path", folder)
            if isinstance(engine.get("model"), str) and (folder / engine["model"]).is_dir():
                _anchor(engine, "model", folder)
    return data


def _anchor(section: dict[str, Any], key: str, folder: Path) -> None:
    if isinstance(section.get(key), str) and section[key]:
        section[key] = str(folder / section[key])


def parse_config(data: Mapping[str, Any], origin: str) -> RunConfig:
    """Validate a plain tree; raises ConfigError with every mistake on one line."""
    try:
        return RunConfig.model_validate(data)
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
    """Read a TOML value; anything that is none is taken as a string."""
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text
