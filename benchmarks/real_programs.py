"""Programs as people and models write them: pairs a second, CPU time by phase, fallbacks, and differences from a process per pair.

    python benchmarks/real_programs.py                          # the sets of this repository, both gradings; some minutes
    python benchmarks/real_programs.py --against 5501bfd        # also on that revision's build, in the same run, as ratios
    python benchmarks/real_programs.py --sets folder --folder DIR --programs 6 --leave-out ClassEval_28
    python benchmarks/real_programs.py --sets trainer loops --peer evalplus=PYTHON    # beside a grader that PYTHON can import

| set | what |
|---|---|
| class-heavy | tests/data/class_heavy: small classes with 5 to 7 programs and 6 to 8 tests each |
| trainer, loops | 4 easy functions, 15 programs and 16 unittest classes each; with `loops` a 16th program that never ends |
| beside | 100 honest programs alone, and with 100 programs beside them that wait for what never comes |
| streamed | the same as requests to the scorer: how much later the honest programs have their verdicts |
| sleepers, wakers, loopers | those alone, of several kinds; wakers under a short wall limit |
| folder | `candidates.jsonl` {task_id, solutions} and `tests.jsonl` {task_id, unit_tests} of DIR, such as ClassEval's |

Containers are warm. The builds take turns, set by set. The least time of `--repeats` counts. Ratios within one run count; seconds
depend on the machine. Prints tables and one JSON line.
"""

import argparse
import contextlib
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from real import sets
from real.builds import Build, Run, here, revision
from real.phases import PHASES, phases
from real.streamed import streamed
from rich.console import Console
from rich.table import Table
from sandbox import run_in_container
from serve import peer_rate

from coderm.config.schema import SandboxConfig
from coderm.messages.execution import GRADINGS, Outcome

BESIDE = 100
FEW = 4
"""Programs a function in the sets of sleepers, wakers and loopers."""
WAKER_WALL_S = 2.0
SETS: dict[str, Callable[[argparse.Namespace], list[sets.Workload]]] = {
    "class-heavy": lambda _: [sets.class_heavy()],
    "trainer": lambda _: [sets.trainer(looping=False)],
    "loops": lambda _: [sets.trainer(looping=True)],
    "beside": lambda _: [sets.honest(BESIDE), sets.beside(BESIDE)],
    "sleepers": lambda _: [sets.alike("sleepers", sets.SLEEPERS, FEW)],
    "wakers": lambda _: [sets.alike("wakers", sets.WAKERS, FEW, wall_s=WAKER_WALL_S)],
    "loopers": lambda _: [sets.alike("loopers", sets.LOOPERS, FEW)],
    "folder": lambda options: [sets.recorded(options.folder, options.problems, options.programs, options.only, options.leave_out)],
}
STREAMED = "streamed"
PHASED = ("class-heavy", "trainer", "folder")
"""Sets whose cost is told by phase; in the others waiting or looping is nearly all of it."""
PEERED = ("trainer", "loops")
"""Sets that other graders can be given, too."""
SLOW = ("sleepers", "wakers", "loopers", "beside")
"""Sets that an older build may take minutes for; they run once."""


def measure(build: Build, work: sets.Workload, grading: str, repeats: int) -> tuple[dict[str, Any], Run]:
    """Run a set; return its figures and the last run."""
    runs = [build.run(work.tasks, grading, **work.limits) for _ in range(repeats)]
    seconds, inside, own = (min(getattr(run, name) for run in runs) for name in ("seconds", "box_cpu_s", "host_cpu_s"))
    outcomes = {Outcome(code).label: int(count) for code, count in enumerate(np.bincount(runs[-1].outcomes)) if count}
    figures = {
        "seconds": round(seconds, 3),
        "pairs_per_second": round(work.pairs / seconds, 1),
        "cpu_ms_per_pair": round(1000 * (inside + own) / work.pairs, 3),
        "cpu_ms_per_program": round(1000 * (inside + own) / work.programs, 2),
        "fallbacks": int((runs[-1].gradings != GRADINGS.index(grading)).sum()),
        "outcomes": outcomes,
    }
    return figures, runs[-1]


def differences(work: sets.Workload, run: Run, fresh: Run) -> list[str]:
    """Pairs that have a verdict in both runs, and not the same one: task, program, test, and how they came out."""
    known = (run.outcomes != Outcome.LEFT_OUT) & (fresh.outcomes != Outcome.LEFT_OUT)
    names = [f"{task.name} {i} {j}" for task in work.tasks for i in range(len(task.programs)) for j in range(len(task.tests))]
    return [
        f"{names[place]}: {Outcome(run.outcomes[place]).label}, fresh {Outcome(fresh.outcomes[place]).label}"
        for place in np.flatnonzero(known & (run.outcomes != fresh.outcomes))
    ]


def bare(work: sets.Workload, image: str, processes: int) -> dict[str, Any]:
    """Run each program in one plain process inside a container; return pairs a second and CPU milliseconds a pair."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.json").write_text(json.dumps([[task.programs, task.tests] for task in work.tasks]))
        command = ["/real/bare.py", "/data/in.json", "/data/out.json", str(processes)]
        run_in_container(image, command, {folder: "/data:rw", str(Path(sets.__file__).parent): "/real:ro"})
        seconds, cpu_s = json.loads(Path(folder, "out.json").read_text())
    return {"pairs_per_second": round(work.pairs / seconds, 1), "cpu_ms_per_pair": round(1000 * cpu_s / work.pairs, 3)}


def rows(builds: Sequence[Build], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure every set on every build, and beside other ways."""
    for name in options.sets:
        for work in SETS[name](options) if name in SETS else ():
            for grading in options.gradings:
                yield from _rows_of_builds(builds, name, work, grading, options)
            if name in PHASED:
                plain = {"grading": "bare", "build": "plain Python", **bare(work, options.image, options.containers)}
                yield {"set": work.name, "pairs": work.pairs, **plain}
            for peer, where in (each.split("=", 1) for each in options.peer if name in PEERED):
                yield _peer_row(work, peer, where, looping=name == "loops")
        if name == STREAMED:
            for grading in options.gradings:
                yield from streamed(options.image, options.containers, grading, BESIDE, options.repeats)


def _rows_of_builds(
    builds: Sequence[Build], name: str, work: sets.Workload, grading: str, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Measure a set on each build; the first build is the one that is looked at in detail."""
    for build in builds:
        figures, run = measure(build, work, grading, 1 if name in SLOW else options.repeats)
        row = {"set": work.name, "grading": grading, "build": build.name, "pairs": work.pairs, **figures}
        if build is builds[0] and name in PHASED and options.phases:
            row["phases_ms"] = phases(build, work, grading)
        if options.differences and build.name != options.against:
            named = differences(work, run, build.run(work.tasks, grading, sessions=False, **work.limits))
            row |= {"differences": len(named), "different": named}
        yield row


def _peer_row(work: sets.Workload, peer: str, where: str, *, looping: bool) -> dict[str, Any]:
    """Have another grader judge the same programs by the same cases."""
    found = peer_rate(peer, where, "function", looping=looping)
    assert found is not None
    rate, cpu_ms = round(found["pairs_per_s"], 1), round(found["cpu_ms"], 3)
    return {
        "set": work.name, "grading": "none", "build": peer, "pairs": work.pairs, "pairs_per_second": rate, "cpu_ms_per_pair": cpu_ms
    }  # fmt: skip


def show(found: list[dict[str, Any]]) -> None:
    """Print the figures, and those of each phase."""
    table, split = Table(title="real programs"), Table(title="CPU ms a pair by phase")
    columns = ("pairs", "seconds", "pairs_per_second", "cpu_ms_per_pair", "cpu_ms_per_program", "fallbacks", "differences")
    for name in ("set", "grading", "build", *columns, "times", "by CPU"):
        table.add_column(name.replace("_", " "), justify="left" if name in ("set", "grading", "build") else "right")
    for name in ("set", "grading", *PHASES):
        split.add_column(name, justify="left" if name in ("set", "grading") else "right")
    for row in found:
        where = row["set"], row["grading"]
        old = [other for other in found if (other["set"], other["grading"]) == where and not other["build"].startswith("new")]
        ratios = [""] * 2
        if old and row["build"].startswith("new"):
            ratios[0] = f"{row['pairs_per_second'] / old[0]['pairs_per_second']:.2f}"
            ratios[1] = f"{old[0]['cpu_ms_per_pair'] / row['cpu_ms_per_pair']:.2f}"
        table.add_row(*where, row["build"], *(str(row.get(column, "")) for column in columns), *ratios)
        if "phases_ms" in row:
            split.add_row(*where, *(f"{row['phases_ms'][phase]:.2f}" for phase in PHASES))
    Console(width=160).print(table)
    if split.row_count:
        Console(width=120).print(split)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=(*SETS, STREAMED), default=[*(n for n in SETS if n != "folder"), STREAMED])
    parser.add_argument("--gradings", nargs="+", choices=GRADINGS, default=["shared", "isolated"])
    parser.add_argument("--against", metavar="REV", help="a revision whose build runs the same pairs")
    parser.add_argument("--folder", type=Path, help="directory of recorded programs, for the set `folder`")
    parser.add_argument("--problems", type=int, default=50, help="most problems of the folder")
    parser.add_argument("--programs", type=int, default=1_000_000, help="most programs of a problem of the folder")
    parser.add_argument("--only", nargs="+", metavar="TASK", default=[], help="these problems of the folder and no others")
    parser.add_argument("--leave-out", nargs="+", metavar="TASK", default=[], help="without these problems of the folder")
    parser.add_argument("--peer", nargs="+", metavar="NAME=PYTHON", default=[], help="graders beside, as for benchmarks/serve.py")
    parser.add_argument("--crowds", action="store_true", help="also the new build with sandbox.crowds")
    parser.add_argument("--no-phases", dest="phases", action="store_false", help="do not split the cost by phase")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--differences", action="store_true", help="also run each pair in fresh processes, and count what differs")
    parser.add_argument("--containers", type=int, default=2)
    parser.add_argument("--image", default=SandboxConfig().image)
    options = parser.parse_args()
    if "folder" in options.sets and options.folder is None:
        parser.error("the set `folder` needs --folder DIR with candidates.jsonl and tests.jsonl")
    return options


def main() -> None:
    """Measure and print."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that builds and containers are removed
    with contextlib.ExitStack() as stack:
        builds = [stack.enter_context(here(options.image, options.containers))]
        if options.crowds:
            builds.append(builds[0].with_limits("new, crowds", crowds=True))
        if options.against:
            builds.append(stack.enter_context(revision(options.against, options.containers)))
        found = []
        for row in rows(builds, options):
            found.append(row)
            differ = f", {row['differences']} pairs differ from fresh processes" if "differences" in row else ""
            print(f"{row['set']}, {row['grading']}, {row['build']}: {row['pairs_per_second']} pairs/s{differ}", flush=True)
    show(found)
    print(json.dumps({"benchmark": "real_programs", "containers": options.containers, "rows": found}))


if __name__ == "__main__":
    main()
