"""Watches a run by its directory alone: progress, journal, log and who holds it; needs no Ray, and takes no lock."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from coderm.errors import DataError, StorageError
from coderm.logs import LOG
from coderm.report.live.look import Look, State
from coderm.report.live.progress_file import Noted, read_progress
from coderm.report.live.so_far import SoFar
from coderm.report.live.stages import STAGES, bars_of, speed_of
from coderm.report.table import load_summary
from coderm.report.why import chosen_by
from coderm.storage.holding import Holder, holder
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

SILENT_S = 60.0
"""A run that goes on notes its progress every second; after so long something is wrong, or its disk is full."""
LATEST, TAIL = 8, 16_384
"""Lines of the log that are shown, and bytes of its end that they are taken from."""

_LINE = re.compile(
    r'\S+T(?P<time>[\d:]{8})\S* (?P<level>\w+) run=\S+ node=\S+ process=(?P<process>\S+) "(?P<said>[^"]*)"(?P<facts>.*)', re.DOTALL
)


class RunWatch:
    """Looks at one run directory again and again."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.time) -> None:
        self._files, self._clock = RunDirectory(directory), clock
        self._so_far: SoFar | None = None

    def look(self) -> Look:
        """Return how the run is now. Raises DataError where the directory holds something else."""
        files, title = self._files, str(self._files.root)
        if not files.config.exists():
            if any(path.name != "run.lock" for path in _entries(files.root)):
                raise DataError(f"{title}: not empty and no run directory; give the --out of a run")
            return Look(title, "waiting", "there is no run yet; waiting for one to begin")
        noted, held_by = read_progress(files.progress), holder(files.root)
        state, said = _state(noted, held_by, finished=files.summary.exists(), now=self._clock())
        facts = [*self._figures(state), *_counts(noted)]
        if noted is None:
            return Look(title, state, said, facts=tuple(facts), latest=_latest(files.root))
        bars = [bar for bar in bars_of(noted.progress, noted.left_s) if bar.total or bar.name != "budget"]
        speeds = [(stage, speed_of(stage, noted.progress)) for stage in STAGES]
        speed = tuple((f"{'tokens' if stage == 'tests' else stage}/s", value) for stage, value in speeds if value is not None)
        return Look(title, state, said, tuple(bars), tuple(facts), _latest(files.root), speed)

    def _figures(self, state: State) -> list[tuple[str, str]]:
        """Accuracy: of the whole run when it is finished, else of what is; what hinders reading is told in its place."""
        so_far = self._so_far = self._so_far or SoFar(chosen_by(self._files.root))
        try:
            if state == "finished":
                return _final(load_summary(self._files.root))
            with Journal(self._files.journal, readonly=True) as journal:
                so_far.read(journal)
        except StorageError as error:
            absent = not self._files.journal.exists()
            return [*so_far.facts(), *([] if absent else [("journal", f"cannot be read now: {error.message}")])]
        except DataError as error:
            return [("figures", error.message)]
        return so_far.facts()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror}); give the --out of a run") from None


def _state(noted: Noted | None, held_by: Holder | None, *, finished: bool, now: float) -> tuple[State, str]:
    """Return the state and what to say of it."""
    age = now - noted.time if noted else None
    if held_by is None or held_by.alive is False:
        if finished and held_by is None:
            return "finished", "finished; report.html has its page"
        killed = f"process {held_by.process} was killed" if held_by else "no process works on it"
        return "stopped", f"not finished, and {killed}; the command that began it resumes"
    where = f"process {held_by.process} on {held_by.host}"
    if noted is None:
        return "running", f"{where} is preparing it, or writes its files"
    if noted.progress.done:
        return "running", f"{where} writes its files"
    if age is not None and age > SILENT_S:
        return "silent", f"{where} has given no sign for {age:.0f} s; if it is gone, the command that began it resumes"
    return "running", f"{noted.progress.stage}, {where}"


def _counts(noted: Noted | None) -> list[tuple[str, str]]:
    if noted is None:
        return []
    counters = noted.progress.counters
    seconds = ", ".join(f"{name} {value:.0f}" for name, value in noted.progress.stage_seconds.items())
    rows = [
        ("time", f"{noted.time - noted.began:.0f} s since this process began"),
        ("seconds with work under way", seconds),
        ("in work", f"{counters.in_work} problems"),
        ("retries", f"{counters.retries}, {counters.lost} lost"),
        ("from the journal", f"{counters.replayed} answers" if counters.replayed else ""),
        ("passes to come", f"{counters.passes_to_come}" if counters.passes_to_come else ""),
    ]
    return [(name, text) for name, text in rows if text]


def _final(summary: dict[str, object]) -> list[tuple[str, str]]:
    shown = {"pass@1": summary["pass_at_1"], "pass@N": summary["pass_at_n"]}
    best = summary["best_of_n"]
    if isinstance(best, dict):
        shown[f"best-of-N, {summary['rule']}"] = best.get(summary["rule"])
    told = [(name, f"{100 * value:.2f} %") for name, value in shown.items() if isinstance(value, float)]
    return [("problems", f"{summary['problems']}, {summary['lost']} commands lost"), *told]


def _latest(folder: Path) -> tuple[str, ...]:
    """Return the newest whole lines of the log."""
    try:
        with (folder / LOG).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            lines = file.read().decode("utf-8", "replace").split("\n")[:-1]
    except OSError:
        return ()
    return tuple(_short(line) for line in (lines if size <= TAIL else lines[1:])[-LATEST:])


def _short(line: str) -> str:
    """A line of the log without what is the same in all of them: `07:19:05 scheduler: problem finished problem=p/0`."""
    found = _LINE.fullmatch(line)
    if found is None:
        return line
    level = "" if found["level"] == "INFO" else f"{found['level']} "
    return f"{found['time']} {level}{found['process']}: {found['said']}{found['facts']}"
