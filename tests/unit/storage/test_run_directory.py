"""A run directory belongs to one run and to one process, and appears only when it holds something."""

import errno
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from builders import samples

from coderm.errors import ConfigError, StorageError
from coderm.messages.events import Sampled
from coderm.storage.atomic import write_json
from coderm.storage.holding import LOCK, lock_fault
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

IDENTITY = {"seed": 1, "budget": {"per_problem": 4, "total": None}, "names": ("a", "b")}


@pytest.fixture
def directory(tmp_path):
    return RunDirectory(tmp_path / "runs" / "one")


def claim(directory, identity=IDENTITY, **resolved):
    return directory.claimed(identity, {"cluster": {"window": 4}, **resolved})


def with_an_answer(directory):
    with claim(directory), Journal(directory.journal) as journal:
        journal.append(Sampled("c", samples("a")))


def failing(directory, error, *, answers):
    with claim(directory), Journal(directory.journal) as journal:
        journal.set_fact("a", "b")
        if answers:
            journal.append(Sampled("c", samples("a")))
        raise error


def test_the_resolved_config_is_written_first(directory):
    with claim(directory):
        stored = json.loads(directory.config.read_text())
    assert stored["cluster"] == {"window": 4}
    assert stored["identity"]["budget"] == {"per_problem": 4, "total": None}


def test_the_same_settings_resume(directory):
    with_an_answer(directory)
    with claim(directory):
        pass


def test_other_settings_are_refused_by_name(directory):
    with_an_answer(directory)
    other = IDENTITY | {"budget": {"per_problem": 8, "total": None}, "extra": 1}
    with (
        pytest.raises(ConfigError, match=r"other settings \(budget.per_problem, extra\); give another --out"),
        claim(directory, other),
    ):
        pass
    assert directory.journal.exists()


def test_settings_outside_the_identity_may_change_and_are_recorded(directory):
    with_an_answer(directory)
    with claim(directory, cluster={"window": 9}):
        assert json.loads(directory.config.read_text())["cluster"] == {"window": 9}


def test_a_second_claim_is_refused_and_harms_nothing(directory):
    with claim(directory):
        directory.journal.write_bytes(b"of the first")
        with pytest.raises(StorageError, match="another run is using this directory"), claim(directory):
            pass
        assert directory.config.exists()
        assert directory.journal.read_bytes() == b"of the first"


def test_a_process_that_was_killed_holds_nothing(directory):
    script = (
        "import sys, os; from pathlib import Path; from coderm.storage.run_directory import RunDirectory\n"
        "with RunDirectory(Path(sys.argv[1])).claimed({'seed': 1}, {}): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(directory.root)], check=False)
    assert directory.root.joinpath(LOCK).exists()
    with claim(directory, {"seed": 1}):
        pass


def test_the_lock_is_on_a_file_open_for_writing_since_nfs_shares_only_those_between_hosts(directory):
    with claim(directory):
        lock = directory.root / LOCK
        inode = f":{lock.stat().st_ino} "
        assert [line for line in Path("/proc/locks").read_text().splitlines() if inode in line and "WRITE" in line]
        opened = [f"/proc/self/fdinfo/{fd.name}" for fd in Path("/proc/self/fd").iterdir() if fd.resolve() == lock]
        flags = [int(line.split()[1], 8) for path in opened for line in Path(path).read_text().splitlines() if "flags" in line]
        assert {flag & os.O_ACCMODE for flag in flags} == {os.O_RDWR}


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF])
def test_a_file_system_without_locks_is_told_in_one_line(number):
    told = lock_fault(Path("/mnt/run"), OSError(number, os.strerror(number)))
    assert isinstance(told, StorageError)
    assert re.fullmatch(r"/mnt/run: its file system gives no locks \(.*\), .*; give an --out on a local disk, or .*", told.message)


def test_a_second_process_is_refused(directory):
    script = (
        "import sys; from pathlib import Path; from coderm.storage.run_directory import RunDirectory\n"
        "with RunDirectory(Path(sys.argv[1])).claimed({'seed': 1}, {}): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(directory.root)]
    told = rf"another run is using this directory \(process \d+ on {re.escape(socket.gethostname())}\); wait for it or"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match=told.replace(r"\d+", str(holder.pid))), claim(directory, {"seed": 1}):
            pass
        assert directory.root.joinpath(LOCK).read_text().startswith(f"{socket.gethostname()} {holder.pid} ")
        holder.stdin.close()
    with claim(directory, {"seed": 1}):
        pass
    assert not directory.root.joinpath(LOCK).exists()


@pytest.mark.parametrize("error", [StorageError("boom"), KeyboardInterrupt()])
def test_a_fresh_run_that_ends_before_any_answer_leaves_nothing(directory, error):
    with pytest.raises(type(error)):
        failing(directory, error, answers=False)
    assert not directory.root.exists()


def failing_with(directory, *files):
    with claim(directory), Journal(directory.journal):
        for file in files:
            file.parent.mkdir(exist_ok=True)
            file.touch()
        raise StorageError("boom")


def test_an_empty_directory_that_was_there_stays_and_stays_empty(directory):
    directory.root.mkdir(parents=True)
    with pytest.raises(StorageError):
        failing_with(directory, directory.progress, directory.root / "log.jsonl", directory.root / "wandb" / "a")
    assert list(directory.root.iterdir()) == []


def test_what_somebody_else_put_there_meanwhile_stays(directory):
    directory.root.mkdir(parents=True)
    with pytest.raises(StorageError):
        failing_with(directory, directory.root / "notes.txt")
    assert [path.name for path in directory.root.iterdir()] == ["notes.txt"]


def test_a_failed_run_with_answers_keeps_them(directory):
    with pytest.raises(StorageError):
        failing(directory, StorageError("boom"), answers=True)
    with Journal(directory.journal, readonly=True) as journal:
        assert journal.has_answers()


def test_a_resumed_run_that_fails_keeps_its_directory(directory):
    with claim(directory):
        pass
    with pytest.raises(StorageError), claim(directory):
        raise StorageError("boom")
    assert directory.config.exists()


def test_a_directory_with_other_things_in_it_is_refused_and_left_as_it_is(directory):
    directory.root.mkdir(parents=True)
    directory.journal.write_text("mine")
    with pytest.raises(ConfigError, match="not empty and no run directory"), claim(directory):
        pass
    assert [path.name for path in directory.root.iterdir()] == ["journal.sqlite"]
    assert directory.journal.read_text() == "mine"


@pytest.mark.parametrize("text", ["not json", "{}", "[]"])
def test_a_broken_config_file_is_refused_by_name(directory, text):
    directory.root.mkdir(parents=True)
    directory.config.write_text(text)
    with pytest.raises(StorageError, match=r"config.json: not readable.*another --out"), claim(directory):
        pass


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match="cannot be used as a run directory"), claim(RunDirectory(root)):
            pass


def test_json_appears_whole_or_not_at_all(tmp_path):
    write_json(tmp_path / "a.json", {"é": 1})
    assert json.loads((tmp_path / "a.json").read_text()) == {"é": 1}
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"x": object()})
    with pytest.raises(StorageError, match="missing"):
        write_json(tmp_path / "missing" / "a.json", {})
    assert os.listdir(tmp_path) == ["a.json"]
    assert json.loads((tmp_path / "a.json").read_text()) == {"é": 1}
