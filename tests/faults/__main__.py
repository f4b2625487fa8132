"""`python -m faults [NAME ...]`: kill each thing under load, and print what became of the rewards."""

import signal
import sys
import tempfile
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.config.loader import load_service_config
from faults.aims import AIMS, DAEMON, Kill
from faults.engine import engine, outage
from faults.left import crew, target
from faults.trial import Row, trial

HEAD = ("killed", "calls", "programs", "right", "null", "wrong", "right again", "judged twice", "usual s", "recovered s", "tries")


def cells(row: Row) -> list[str]:
    """A row as text."""
    nulls = ", ".join(f"{count} {status}" for status, count in row.found.nulls.items()) or "0"
    tries = ", ".join(f"{number} {answer}" for answer, number in sorted(row.http.items()))
    found = row.found
    figures = (row.calls, found.programs, found.right, nulls, len(found.wrong) + len(row.repeated.wrong))
    texts = map(str, (*figures, row.repeated.right, row.twice))
    return [row.killed, *texts, f"{row.usual_s:.1f}", f"{row.recovered_s:.1f}", tries]


def killed_in_turn(names: list[str], more: dict[str, Kill], host: str = "") -> tuple[list[Row], list[str]]:
    """Run trials one after the other on one service; return their rows, and what must not be."""
    numbers, rows, flaws = count(), list[Row](), list[str]()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, target(Path(folder), host=host) as aim:
        usual = crew(aim)
        for name in names:
            rows.append(trial(name, more[name], aim, numbers))
            flaws += [f"{name}: {flaw}" for flaw in rows[-1].flaws]
            print(*cells(rows[-1]), *rows[-1].flaws[:5], sep=" | ", flush=True)
            if (now := crew(aim)) != usual:
                flaws.append(f"{name}: {now} are there, {usual} were")
    return rows, flaws


def main(names: list[str]) -> int:
    """Run trials; 1: a reward was wrong, a pair was judged twice, or something is there that was not."""
    rows, flaws = list[Row](), list[str]()
    if usual := [name for name in names if name in AIMS]:
        rows, flaws = killed_in_turn(usual, AIMS)
    if DAEMON in names:
        with engine(load_service_config(None).sandbox.image) as own:
            more = killed_in_turn([DAEMON], {DAEMON: outage(own)}, own.host)
        rows, flaws = rows + more[0], flaws + more[1]
    table = Table(*HEAD)
    for row in rows:
        table.add_row(*cells(row))
    Console(width=200).print(table)
    print(*flaws, sep="\n")
    return int(bool(flaws))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(3))  # what was started is ended
    sys.exit(main(sys.argv[1:] or [*AIMS, DAEMON]))
