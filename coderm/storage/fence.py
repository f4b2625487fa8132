"""One writer of a SQLite file: whoever opens it to write takes it over, and the one before can write no more.

A process that is cut off may live beside the one that took its place, and write on. So each opening gets a number, an epoch, and
every write looks for it in its own transaction: triggers of the connection refuse what a former writer would change.
"""

import sqlite3
from collections.abc import Iterable

REFUSED = "another process has taken this file over"
"""How the message of a refused write begins."""


def take_over(database: sqlite3.Connection, tables: Iterable[str]) -> int:
    """Make this connection the one that may write to `tables`, and return its epoch, 1 for the first; `facts` holds it.

    Raises sqlite3.Error where the file cannot be written.
    """
    database.execute("pragma temp_store = memory")  # triggers of the connection need no file beside this one
    database.execute("begin immediate")
    try:
        row = database.execute("select value from facts where name = 'epoch'").fetchone()
        epoch = int(row[0] if row else 0) + 1
        database.execute("insert or replace into facts values ('epoch', ?)", (str(epoch),))
        database.execute("commit")
    except BaseException:
        database.execute("rollback")
        raise
    for table in tables:
        for what in ("insert", "update", "delete"):
            database.execute(_trigger(table, what, epoch))
    return epoch


def _trigger(table: str, what: str, epoch: int) -> str:
    former = f"(select value from main.facts where name = 'epoch') is not '{epoch}'"
    refuse = f"select raise(abort, '{REFUSED} (this one was writer {epoch})')"
    return f"create temp trigger fence_{table}_{what} before {what} on main.{table} when {former} begin {refuse}; end"
