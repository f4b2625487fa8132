"""`python -m faults.run [NAME ...] [--at PART ...] [--random N --seed S] [--alone]`: kill things under a run; compare its end."""

import argparse
import itertools
import random
import signal
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.config.loader import load_service_config
from faults.engine import engine
from faults.run.field import Alone, Field, ready
from faults.run.job import MODEL
from faults.run.kills import ALONE, CORE, DAEMON, KILLS, PAIRS, Kill, core, outage
from faults.run.trial import HEAD, Row, Step, trial, undisturbed

MOMENTS = (0.4, 0.0, 0.8)
"""When things are killed: when so much of the answers is in the journal; 0: as soon as they are there."""
TRIES = 3
"""Of a schedule, where the run was over before something could be killed."""

Schedule = tuple[Step, ...]


def matrix(names: Sequence[str], there: Collection[str] = KILLS, moments: Sequence[float] = MOMENTS) -> Iterator[Schedule]:
    """Each thing alone at each moment, then the pairs; `names` picks those that have a name in it, pairs as NAME+NAME."""
    for at, name in itertools.product(moments, there):
        if not names or name in names:
            yield (Step(name, at),)
    for first, second in PAIRS:
        if {first, second} <= set(there) and (not names or f"{first}+{second}" in names or "pairs" in names):
            yield Step(first, 0.3), Step(second, 0.6)


def drawn(number: int, seed: int, there: Collection[str] = KILLS) -> Iterator[Schedule]:
    """Random schedules of one to three kills; the same seed gives the same ones."""
    dice = random.Random(seed)
    for _ in range(number):
        moments = sorted(round(dice.uniform(0, 0.9), 2) for _ in range(dice.randint(1, 3)))
        yield tuple(Step(dice.choice(list(there)), at) for at in moments)


def run_all(
    schedules: Sequence[Schedule], kills: Mapping[str, Kill], more: Sequence[str] = (), host: str = "", *, alone: bool = False
) -> list[Row]:
    """Carry schedules out one after the other on one cluster, or without any. more: settings of the run."""
    rows = list[Row]()
    with tempfile.TemporaryDirectory(prefix="runs-") as folder, ready(Alone(host) if alone else Field(host)) as where:
        right = undisturbed(Path(folder) / "right", where, *more)
        for number, steps in enumerate(schedules):
            for again in range(TRIES):
                row = trial(steps, kills, Path(folder) / f"{number}.{again}", where, right, *more)
                if row.hit == len(steps):
                    break
            rows.append(row)
            print(*row.cells(), sep=" | ", flush=True)
    return rows


def carry_out(names: Sequence[str], moments: Sequence[float], number: int, seed: int, *, alone: bool) -> list[Row]:
    """Run what is asked for: on the usual Docker engine, on one that may be killed, and with a model that writes."""
    there = ALONE if alone else tuple(KILLS)
    schedules = list(drawn(number, seed, there) if number else matrix(names, there, moments))
    rows = run_all(schedules, KILLS, alone=alone) if schedules else []
    if DAEMON in names or not (names or number):
        with engine(load_service_config(None).sandbox.image) as own:
            rows += run_all(list(matrix([DAEMON], [DAEMON], moments)), {DAEMON: outage(own)}, host=own.host, alone=alone)
    if CORE in names or not (names or number):
        rows += run_all(list(matrix([CORE], [CORE], [0.0])), {CORE: core}, MODEL, alone=alone)
    return rows


def main() -> int:
    """Run trials; 1: one did not end as the undisturbed run did, hit nothing, or left something."""
    arguments = argparse.ArgumentParser(prog="faults.run", description=__doc__)
    some = f"some of {', '.join((*KILLS, DAEMON, CORE))}, pairs as driver+executor, or `pairs` for all of them"
    arguments.add_argument("names", nargs="*", help=some)
    arguments.add_argument("--at", type=float, nargs="+", default=MOMENTS, metavar="PART", help="moments of single kills, 0 to 1")
    arguments.add_argument("--random", type=int, default=0, metavar="N", help="N random schedules in place of the table")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--alone", action="store_true", help="runs that one process carries, without a cluster")
    given = arguments.parse_args()
    rows = carry_out(given.names, given.at, given.random, given.seed, alone=given.alone)
    table = Table(*HEAD)
    for row in rows:
        table.add_row(*row.cells())
    Console(width=200).print(table)
    flawed, repeated = sum(bool(row.flaws) for row in rows), sum(row.repeated for row in rows)
    print(f"{len(rows)} schedules, {flawed} with flaws, {repeated} calls repeated")
    return int(flawed > 0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(3))  # what was started is ended
    sys.exit(main())
