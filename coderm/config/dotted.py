"""Settings by their dotted names, as `--set` takes them."""

from collections.abc import Iterator, Mapping
from typing import Any


def dotted(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of each setting; an empty section is a value."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from dotted(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
