"""What a watcher sees at one moment; the same for a run and for a service."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["waiting", "running", "silent", "stopped", "finished"]
"""waiting: not there yet. silent: it should be running and gives no sign. stopped: ended before its end. The last two are over."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How far one stage is. total: 0 where it is not known yet. note: speed, or what else there is to say."""

    name: str
    done: float
    total: float
    note: str = ""

    @property
    def share(self) -> float:
        """Part that is done, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """title: what is watched. said: the state in words. facts: names and values. latest: the newest lines of its log.

    speed: what the page draws against time, by name.
    """

    title: str
    state: State
    said: str
    bars: tuple[Bar, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    latest: tuple[str, ...] = ()
    speed: tuple[tuple[str, float], ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("stopped", "finished")

    def as_json(self) -> dict[str, Any]:
        """As the page reads it."""
        return asdict(self)
