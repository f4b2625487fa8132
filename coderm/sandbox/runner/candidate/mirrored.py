"""What the test has put in place of streams and functions of the library, in the candidate's process."""

import io
import sys
from collections.abc import Callable
from typing import Any


class Mirrored:
    """Replaces them, and sends on what was printed."""

    def __init__(self) -> None:
        self._originals: dict[tuple[str, str], Any] = {}
        self._outputs: dict[str, _Output] = {}

    def replace(self, module: str, name: str, value: Any) -> None:
        """Put a value in place of a name of a module; None brings back what was there first."""
        self.flush()
        home = sys.modules[module]
        original = self._originals.setdefault((module, name), getattr(home, name))
        self._outputs.pop(name, None)
        if value is None:
            value = original
        elif name == "stdin":
            value = _Input(value)
        elif name in ("stdout", "stderr"):
            value = self._outputs[name] = _Output(value)
        setattr(home, name, value)

    def flush(self) -> None:
        """Send what was printed."""
        for output in self._outputs.values():
            output.flush()


class _Output(io.TextIOBase):
    """A stream of the test."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._texts: list[str] = []

    def writable(self) -> bool:
        """See TextIOBase."""
        return True

    def write(self, text: str) -> int:
        """See TextIOBase."""
        if not isinstance(text, str):
            raise TypeError(f"string argument expected, got {type(text).__name__!r}")
        self._texts.append(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        text = "".join(self._texts)
        self._texts.clear()
        if text:
            self._write(text)


class _Input(io.TextIOBase):
    """The test's stream to read from."""

    def __init__(self, read: Callable[..., str]) -> None:
        self._read = read

    def readable(self) -> bool:
        """See TextIOBase."""
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """See TextIOBase."""
        return self._read(line=True)

    def read(self, size: int | None = -1, /) -> str:
        """See TextIOBase."""
        return self._read(line=False)
