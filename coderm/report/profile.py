"""Where the time of a run went, read from its journal: starts, stages, and blocks by what they judged.

The same directory gives the same figures. Seconds of a box are what its blocks kept it busy; those of a pair are CPU time.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.errors import DataError
from coderm.messages.events import Executed
from coderm.messages.execution import GRADINGS, Outcome
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory


@dataclass(slots=True)
class BlockFigures:
    """Sums over blocks of one kind. box_s: seconds that a box worked on them. cpu_s: of their pairs, timeout_s: of those that timed
    out, shared_s: of those that were graded shared, seconds of CPU. left_out: pairs that the row rule left out."""

    blocks: int = 0
    pairs: int = 0
    left_out: int = 0
    box_s: float = 0.0
    cpu_s: float = 0.0
    timeout_s: float = 0.0
    shared_s: float = 0.0

    def add(self, answer: Executed) -> None:
        """Take one block in."""
        result = answer.result
        self.blocks += 1
        self.pairs += result.outcomes.size
        self.left_out += int(np.count_nonzero(result.outcomes == Outcome.LEFT_OUT))
        self.box_s += result.seconds
        self.cpu_s += float(result.cpu_s.sum())
        self.timeout_s += float(result.cpu_s[result.outcomes == Outcome.TIMEOUT].sum())
        self.shared_s += float(result.cpu_s[result.grading == GRADINGS.index("shared")].sum())


@dataclass(frozen=True, slots=True)
class RunProfile:
    """stages: seconds by name, in the order of a run; those of generation and execution overlap. blocks: by what they judged.
    executors: as many as the run had when it last started, 0 where it is not known."""

    stages: dict[str, float]
    blocks: dict[str, BlockFigures]
    executors: int

    @property
    def busy(self) -> float:
        """Share of the executors' time, while any block was under way, that boxes worked; NaN where it is not known."""
        seconds = self.executors * self.stages.get("execution", 0.0)
        return sum(figures.box_s for figures in self.blocks.values()) / seconds if seconds else float("nan")


def read_profile(directory: Path) -> RunProfile:
    """Read the profile of a run directory. Raises DataError where no run has been."""
    path = RunDirectory(directory).journal
    if not path.exists():
        raise DataError(f"{path}: no such file; this is no run directory")
    blocks: dict[str, BlockFigures] = {}
    with Journal(path, readonly=True) as journal:
        for answer in journal.executed():
            kind = answer.command_id.rsplit("|", 3)[1]
            blocks.setdefault(kind, BlockFigures()).add(answer)
        return RunProfile(dict(_stages(journal)), blocks, int(journal.fact("executors") or 0))


def _stages(journal: Journal) -> Iterator[tuple[str, float]]:
    frame = json.loads(journal.fact("frame") or "{}")
    if "input" in frame:
        yield "input", frame["input"]
    for name, seconds in json.loads(journal.fact("starts") or "{}").items():
        yield f"start: {name}", seconds
    yield from json.loads(journal.fact("busy") or "{}").items()
    yield "allocation", float(journal.fact("allocation_s") or 0.0)
    if "files" in frame:
        yield "files", frame["files"]
    yield "wall, without files", float(journal.fact("wall") or 0.0)


def print_profile(directory: Path, console: Console) -> None:
    """Print the profile of a run directory."""
    profile = read_profile(directory)
    stages = Table(title="where the time went")
    stages.add_column("stage")
    stages.add_column("seconds", justify="right")
    for name, seconds in profile.stages.items():
        stages.add_row(name, f"{seconds:.2f}")
    console.print(stages)
    table = Table(title="blocks")
    for name in ("", "blocks", "pairs", "left out", "box s", "CPU s", "of timeouts", "graded shared"):
        table.add_column(name, justify="right" if name else "left")
    for kind, figures in sorted(profile.blocks.items()):
        spent = (figures.box_s, figures.cpu_s, figures.timeout_s, figures.shared_s)
        counts = (figures.blocks, figures.pairs, figures.left_out)
        table.add_row(kind, *(f"{count:,}" for count in counts), *(f"{amount:.1f}" for amount in spent))
    console.print(table)
    if profile.executors:
        console.print(f"{profile.executors} executors worked {100 * profile.busy:.0f} % of the time in which blocks were under way")
