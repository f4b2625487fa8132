"""Types of the settings that name files: such a setting anchors itself, wherever it was given.

A relative name is one of the folder of the config file it stands in, and of the working directory when it was given on the
command line or in the environment. What comes out is absolute, so that it holds in every process of a node. Knows no section.
"""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

EMBEDDED = "smollm2"
"""Name of the model and of the probe that come with this project."""
EXAMPLES = "examples"
"""Stands for no probe: a problem's pass rate is taken to be the share of candidates that pass its visible examples."""


class CommandLineText(str):
    """A text of the command line or the environment, which knows no config file."""

    __slots__ = ()


def from_command_line(value: Any) -> Any:
    """Mark every text of a value so."""
    match value:
        case str():
            return CommandLineText(value)
        case dict():
            return {key: from_command_line(item) for key, item in value.items()}
        case list():
            return [from_command_line(item) for item in value]
    return value


def unmarked(value: Any) -> Any:
    """The value without the marks of `from_command_line`; for settings that take anything."""
    match value:
        case str():
            return str(value)
        case Mapping():
            return {unmarked(key): unmarked(item) for key, item in value.items()}
        case list() | tuple():
            return [unmarked(item) for item in value]
    return value


def folder_of(origin: Path | None) -> dict[str, Path]:
    """Validation context of a tree that was read from this config file; None: from none."""
    return {} if origin is None else {"folder": origin.parent}


def _anchored(text: str, info: ValidationInfo) -> Path:
    folder = None if isinstance(text, CommandLineText) else (info.context or {}).get("folder")
    try:
        return (folder or Path()).joinpath(Path(text).expanduser()).absolute()
    except RuntimeError:
        raise ValueError("begins with ~ and the name of no user of this machine; write the whole path") from None


def anchor_file(value: Any, info: ValidationInfo) -> Any:
    """Make the name of a file or directory absolute; empty stays empty."""
    return str(_anchored(value, info)) if isinstance(value, str) and value else value


def anchor_unless(names: frozenset[str], value: Any, info: ValidationInfo) -> Any:
    """Make a directory's name absolute unless it is one of these names."""
    return value if isinstance(value, str) and value in names else anchor_file(value, info)


def anchor_if_there(names: frozenset[str], value: Any, info: ValidationInfo) -> Any:
    """Make the name absolute if it can be no other: it begins like a path, or that directory is there. Else it is a hub's."""
    if not isinstance(value, str) or value in names:
        return value
    return anchor_file(value, info) if value[:1] in ("/", ".", "~") or os.path.isdir(_anchored(value, info)) else value


def anchor_source(value: Any, info: ValidationInfo) -> Any:
    """As the section's `source` has it: a name of the hub's, or a file."""
    return (partial(anchor_if_there, frozenset()) if info.data.get("source") == "hub" else anchor_file)(value, info)


FilePath = Annotated[str, BeforeValidator(anchor_file)]
"""A file or a directory."""
SourcePath = Annotated[str, BeforeValidator(anchor_source)]
"""A file, or beside `source = "hub"` a data set of the hub or a directory."""
ModelName = Annotated[str, BeforeValidator(partial(anchor_if_there, frozenset({EMBEDDED})))]
"""A model: of the hub, a directory, or the embedded one."""
ProbeName = Annotated[str, BeforeValidator(partial(anchor_unless, frozenset({EMBEDDED, EXAMPLES})))]
"""A probe: a directory, or one of the reserved names."""
PLACES = (FilePath, SourcePath, ModelName, ProbeName)
"""Every type whose settings anchor themselves."""
