"""docs/data.md has every setting with its default, every stage, every reason."""

import json
import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from coderm.config.data import DataConfig, DataSource
from coderm.config.schema import SamplingConfig, Section
from coderm.data.records import STAGES, Drop, Why

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "data.md").read_text("utf-8")
ELSEWHERE = {"engines", "sandbox", "cluster"}


def shown(default: object) -> str:
    if default is PydanticUndefined:
        return "required"
    value = default.model_dump() if isinstance(default, Section) else default
    return "absent" if value is None else f"`{json.dumps(value)}`"


def settings(section: type[Section], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in section.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if name in ELSEWHERE:
            continue
        if isinstance(default, Section) and not isinstance(default, SamplingConfig):
            found |= settings(type(default), f"{prefix}{name}.")
        else:
            found[prefix + name] = shown(default)
    return found


def test_every_setting_stands_there_with_its_default():
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (`.+?`|required|absent) \| \S", PAGE, re.MULTILINE))
    assert rows == settings(DataConfig) | settings(DataSource)


def test_every_stage_and_reason_stands_there():
    for name in (*STAGES, *Why, *Drop):
        assert f"`{name}`" in PAGE, name
