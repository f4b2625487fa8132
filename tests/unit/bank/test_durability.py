"""The bank holds what it said it holds: after a kill at any moment, on a full disk, and with several processes on one directory."""

import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from holdings import GIVEN, PROBLEM, verdicts, written

from coderm.bank.bank import Bank
from coderm.bank.database import FILE
from coderm.errors import StorageError
from coderm.messages.cases import Case
from coderm.messages.scoring import Cases, UnitTests
from coderm.storage.holding import LOCK

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import dataclasses, sys
from pathlib import Path
from holdings import PROBLEM, verdicts, written
from coderm.bank.bank import Bank

with Bank(Path(sys.argv[1])) as bank:
    bank.enter(PROBLEM)
    print("open", flush=True)
    for step in range(len(bank.tests_of("p/0")), 10**6):
        bank.add("p/0", written(f"test {step} " + "x" * 20_000), asked=1)
        if step % 3 == 2:
            bank.retire("p/0", [step - 1], "idle")
        print(step, bank.suite_of("p/0").version, flush=True)
"""
READER = """
import select, sys
from pathlib import Path
from coderm.bank.bank import Bank

with Bank(Path(sys.argv[1]), readonly=True) as bank:
    print("open", flush=True)
    seen = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        suite = bank.suite_of("p/0")
        assert suite.version >= seen and len(suite.places) == len(suite.suite) == suite.version - 1
        seen = suite.version
    print(seen, flush=True)
"""
HOLDER = """
import sys
from pathlib import Path
from coderm.bank.bank import Bank

with Bank(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def process(script, *arguments):
    """A Python process with this script that has said its first line."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'unit'}"}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert child.stdout.readline() == "open\n"
            yield child
        finally:
            child.kill()


def killed_writer(directory, pause_s):
    """Let a process write, kill it without warning, and return the last step and version that it said were written."""
    with process(WRITER, directory) as child:
        time.sleep(pause_s)
        child.send_signal(signal.SIGKILL)
        said = [line.split() for line in child.stdout.read().split("\n")[:-1]]
    return tuple(map(int, said[-1])) if said else (-1, 1)


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_everything_it_had_told_and_nothing_torn(tmp_path):
    """The pauses are spread so that kills fall into transactions, too; the rest of one is undone at the next start."""
    told = -1
    for number in range(12):
        step, version = killed_writer(tmp_path, 0.02 + 0.013 * number)
        told = max(told, step)
        with Bank(tmp_path) as bank:
            tests = bank.tests_of("p/0")
            assert [item.place for item in tests] == list(range(len(tests)))
            assert len(tests) > told
            assert bank.problem("p/0").asked == len(tests)
            assert bank.suite_of("p/0").version >= version
            for kept in range(1, bank.suite_of("p/0").version + 1):
                assert len(bank.suite("p/0", kept).suite) == len(bank.suite("p/0", kept).places)
            assert bank.suite_of("p/0").places == tuple(item.place for item in tests if item.retired is None)
    assert told > 0


def test_a_transaction_that_was_cut_is_undone_by_the_next_reader_too(tmp_path):
    """What the disk holds in the middle of a transaction whose pages are on their way to the file."""
    with Bank(tmp_path / "bank") as bank:
        bank.enter(PROBLEM, GIVEN)
    with closing(sqlite3.connect(tmp_path / "bank" / FILE, isolation_level=None)) as database:
        database.execute("pragma cache_size = 1")  # pages go to the file before the commit
        database.execute("begin immediate")
        database.execute("update problems set version = 99")
        database.executemany("insert into contents values (?, 'unittest', ?)", [(str(n), b"x" * 9000) for n in range(50)])
        shutil.copytree(tmp_path / "bank", tmp_path / "cut")
        database.execute("rollback")
    assert (tmp_path / "cut" / f"{FILE}-journal").stat().st_size > 0
    with Bank(tmp_path / "cut", readonly=True) as reader:
        assert reader.suite_of("p/0").suite == GIVEN


def test_a_second_server_is_told_who_holds_the_bank(tmp_path):
    with process(HOLDER, tmp_path) as child:
        with pytest.raises(StorageError) as told, Bank(tmp_path):
            pass
        assert re.fullmatch(
            rf"{tmp_path}: another server is using this directory \(process {child.pid} on .+\); "
            "send requests to that one, stop it, or give another bank directory",
            told.value.message,
        )
        child.stdin.close()
        assert child.wait(60) == 0
    with Bank(tmp_path) as bank:
        assert bank.enter(PROBLEM).active == 0


def test_a_reader_sees_what_another_process_has_written_so_far(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM)
        with Bank(tmp_path, readonly=True) as reader:
            bank.add("p/0", written("test 0"))
            assert reader.suite_of("p/0") == bank.suite_of("p/0")
            with pytest.raises(StorageError, match="attempt to write a readonly database"):
                reader.forget("p/0")


@pytest.mark.slow
def test_a_process_that_reads_all_the_time_sees_whole_versions_and_stops_no_write(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM)
        with process(READER, tmp_path) as child:
            for step in range(60):
                bank.add("p/0", written(f"test {step} " + "x" * 20_000))
            child.stdin.close()
            assert child.wait(60) == 0
            assert 1 <= int(child.stdout.read()) <= 61


@contextmanager
def largest_file(size):
    """No file of this process may grow beyond this size, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_with_what_is_needed_and_the_bank_goes_on_afterwards(tmp_path):
    suite = Cases((Case("1" * 3_000_000, "2"),))
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM, GIVEN)
        with largest_file(1_000_000), pytest.raises(StorageError) as told:
            bank.enter(PROBLEM, suite)
        needed = re.search(r"this write needs about (\d+\.\d) MiB, \d+\.\d MiB are free; free some space", told.value.message)
        assert needed, told.value.message
        assert 3 <= float(needed[1]) <= 5
        assert (bank.suite_of("p/0").suite, len(bank.tests_of("p/0"))) == (GIVEN, 3)
        bank.enter(PROBLEM, suite)
        assert bank.suite_of("p/0").suite == suite


def test_counts_are_not_torn_by_a_full_disk(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM, UnitTests(tuple(f"test {number}" for number in range(400))))
        before = bank.tests_of("p/0"), bank.problem("p/0").groups
        row = "p" * 399 + "f"
        with largest_file((tmp_path / FILE).stat().st_size), pytest.raises(StorageError, match="this write needs about"):
            bank.observe("p/0", 1, verdicts(row, row), key="a group")
        assert (bank.tests_of("p/0"), bank.problem("p/0").groups) == before
        assert bank.observe("p/0", 1, verdicts(row, row), key="a group")


def test_a_bank_of_another_layout_is_refused_and_left_as_it_is(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM)
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("update facts set value = '9' where name = 'schema'")
        database.execute("drop table observed")
    for readonly in (False, True):
        with pytest.raises(StorageError, match=r"a bank of layout 9, this version reads 1; use the version that made it"):
            Bank(tmp_path, readonly=readonly).open()
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert not database.execute("select 1 from sqlite_master where name = 'observed'").fetchall()


def test_a_damaged_file_is_found_at_the_start(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM, UnitTests(tuple(f"test {number} " + "x" * 500 for number in range(300))))
    content = bytearray((tmp_path / FILE).read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3000] = b"\xff" * 3000
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StorageError, match=r"bank\.sqlite: is damaged \(.*\); put back a copy of the directory"):
        Bank(tmp_path).open()
    assert not (tmp_path / LOCK).exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("notes.txt", "not empty and no bank"), (FILE, "is damaged")],
    ids=["a folder of other things", "no database"],
)
def test_a_directory_that_is_no_bank_is_refused(tmp_path, name, said):
    (tmp_path / name).write_text("something of the user's " * 100)
    with pytest.raises(StorageError, match=said):
        Bank(tmp_path).open()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_reader_of_a_directory_without_a_bank_says_so_and_makes_none(tmp_path):
    with pytest.raises(StorageError, match="holds no bank"):
        Bank(tmp_path, readonly=True).open()
    assert list(tmp_path.iterdir()) == []


def test_a_closed_bank_says_so(tmp_path):
    bank = Bank(tmp_path).open()
    bank.close()
    bank.close()
    with pytest.raises(StorageError, match="the bank is closed"):
        bank.enter(PROBLEM)


def test_rows_of_a_future_version_are_one_clear_line(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM, GIVEN)
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("update suites set form = ?", (json.dumps({"kind": 1}).encode(),))
    with Bank(tmp_path) as bank, pytest.raises(StorageError, match="holds a row of another version"):
        bank.suite_of("p/0")
