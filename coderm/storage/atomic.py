"""The one way to write a file: it appears complete under its name or not at all, and an older one stays until then."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coderm.errors import StorageError


@contextlib.contextmanager
def whole(path: Path, remedy: str = "free some disk space, or give another folder") -> Iterator[Path]:
    """Yield a name beside `path` to write to; what stands there in the end takes its place, and nothing does after an error.

    Raises StorageError naming the file when the disk refuses.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror or error}); {remedy}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file as a whole. Raises StorageError naming it."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")  # a lone surrogate as JSON escapes it


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file as a whole. Raises StorageError naming it."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
