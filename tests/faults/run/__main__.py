"""`python -m faults.run [NAME ...] [--random N --seed S] [--alone]`: kill each thing at each moment of a run, and compare."""

import argparse
import itertools
import random
import signal
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.config.loader import load_service_config
from faults.engine import Engine, engine
from faults.run.field import Alone, Field, ready
from faults.run.kills import ALONE, DAEMON, KILLS, PAIRS, Kill
from faults.run.trial import HEAD, Row, Step, trial, undisturbed

MOMENTS = (0.4, 0.0, 0.8)
"""When things are killed: as soon as they are there, and when so much of the answers is in the journal."""

Schedule = tuple[Step, ...]


def matrix(names: Sequence[str], there: Collection[str] = KILLS) -> Iterator[Schedule]:
    """Each thing alone at each moment, then the pairs; `names` picks those that have a name in it, pairs as NAME+NAME."""
    for at, name in itertools.product(MOMENTS, there):
        if not names or name in names:
            yield (Step(name, at),)
    for first, second in PAIRS:
        if f"{first}+{second}" in names or (not names and {first, second} <= set(there)):
            yield Step(first, 0.3), Step(second, 0.6)


def drawn(number: int, seed: int, there: Collection[str] = KILLS) -> Iterator[Schedule]:
    """Random schedules of one to three kills; the same seed gives the same ones."""
    dice = random.Random(seed)
    for _ in range(number):
        moments = sorted(round(dice.random(), 2) for _ in range(dice.randint(1, 3)))
        yield tuple(Step(dice.choice(list(there)), at) for at in moments)


def run_all(schedules: Sequence[Schedule], kills: dict[str, Kill], host: str = "", *, alone: bool = False) -> list[Row]:
    """Carry schedules out one after the other on one cluster, or without any."""
    rows = list[Row]()
    with tempfile.TemporaryDirectory(prefix="runs-") as folder, ready(Alone(host) if alone else Field(host)) as where:
        right = undisturbed(Path(folder) / "right", where)
        for number, steps in enumerate(schedules):
            rows.append(trial(steps, kills, Path(folder) / str(number), where, right))
            print(*rows[-1].cells(), sep=" | ", flush=True)
    return rows


def outage(own: Engine) -> Kill:
    """Kill the engine, and start it again at once; the containers are then ended by it."""

    def kill(_where: object, _job: object) -> bool:
        own.kill()
        own.start()
        return True

    return kill


def main() -> int:
    """Run trials; 1: one did not end as the undisturbed run did, or left something."""
    arguments = argparse.ArgumentParser(prog="faults.run", description=__doc__)
    arguments.add_argument("names", nargs="*", help=f"some of {', '.join(KILLS)}, {DAEMON}, or pairs as driver+executor")
    arguments.add_argument("--random", type=int, default=0, metavar="N", help="N random schedules in place of the table")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--alone", action="store_true", help="runs that one process carries, without a cluster")
    given = arguments.parse_args()
    there = ALONE if given.alone else tuple(KILLS)
    schedules = list(drawn(given.random, given.seed, there) if given.random else matrix(given.names, there))
    rows = run_all(schedules, KILLS, alone=given.alone) if schedules else []
    if DAEMON in given.names or not (given.names or given.random):
        with engine(load_service_config(None).sandbox.image) as own:
            rows += run_all([(Step(DAEMON, at),) for at in MOMENTS], {DAEMON: outage(own)}, own.host, alone=given.alone)
    table = Table(*HEAD)
    for row in rows:
        table.add_row(*row.cells())
    Console(width=200).print(table)
    flawed, repeated = sum(bool(row.flaws) for row in rows), sum(row.repeated for row in rows)
    print(f"{len(rows)} schedules, {flawed} with flaws, {repeated} calls repeated")
    return int(any(row.flaws for row in rows))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(3))  # what was started is ended
    sys.exit(main())
