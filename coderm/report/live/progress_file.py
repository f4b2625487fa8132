"""`progress.json` of a run directory: how far the run is, for whoever looks at the directory; there while the run goes on.

Written anew at most every WRITE_EVERY_S seconds. A run never ends over it: on a full disk it stays as it was.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from coderm.errors import StorageError
from coderm.messages.progress import Progress
from coderm.report.live.forecast import Forecast
from coderm.storage.atomic import write_text

WRITE_EVERY_S = 1.0
"""Often enough to seem live, seldom enough for a file system over a network."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A progress as it stood at `time` (seconds since the epoch). began: when this process began. left_s: of the pass, if known."""

    time: float
    began: float
    progress: Progress
    left_s: float | None = None


class ProgressFile:
    """Takes every progress of a run and writes some of them: the first, the last, and those that come late enough."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._began, self._last = clock(), float("-inf")
        self._forecast = Forecast()

    def __call__(self, progress: Progress) -> None:
        """Note how far the run is."""
        now = self._clock()
        left_s = self._forecast.left(now, progress.counters)
        if now - self._last >= WRITE_EVERY_S or progress.done:
            self._last = now
            with suppress(StorageError):
                write_text(self._path, msgspec.json.encode(Noted(now, self._began, progress, left_s)).decode())


@contextmanager
def noted(path: Path) -> Iterator[ProgressFile]:
    """Yield the file of a run that begins; a run that comes to its end takes it away, any other leaves its last."""
    file = ProgressFile(path)
    yield file
    with suppress(OSError):
        path.unlink(missing_ok=True)


def read_progress(path: Path) -> Noted | None:
    """Return what was noted last, None where nothing is, or nothing that this version reads."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Noted)
    except (OSError, msgspec.MsgspecError):
        return None
