"""`coderm status DIR` and `coderm stop DIR`, with a process that holds a directory as a run does."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from cluster.commands.alive import status, stop
from coderm.errors import DataError, InfrastructureError
from coderm.storage.holding import LOCK, holder
from coderm.storage.journal import Journal

HOLDS = """
import signal, sys, time
from pathlib import Path
from coderm.storage.holding import held
def end(number, frame):
    raise SystemExit(130)
signal.signal(signal.SIGTERM, end)
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def run_directory(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.set_fact("problems", "7")
    return tmp_path


@contextmanager
def a_run(directory):
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(directory)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_run_is_told_while_it_works_and_ended_in_order(run_directory, capsys):
    with a_run(run_directory) as process:
        assert status([run_directory], containers=False) == 0
        assert f"process {process.pid} works here; 0 of 7 problems finished" in capsys.readouterr().out
        assert stop(run_directory) == 0
        assert process.wait(30) == 130
    assert holder(run_directory) is None
    assert status([run_directory], containers=False) == 0
    assert "no run works here" in capsys.readouterr().out


def test_a_run_that_was_killed_is_told_and_nobody_is_signalled(run_directory, capsys):
    with a_run(run_directory) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        status([run_directory], containers=False)
        assert f"its run, process {process.pid}, was killed" in capsys.readouterr().out
        assert stop(run_directory) == 0
    assert "no run works here; `coderm gc`" in capsys.readouterr().out


def test_a_pid_that_is_another_process_by_now_is_not_signalled(run_directory, capsys):
    host = os.uname().nodename
    (run_directory / LOCK).write_text(f"{host} {os.getpid()} 1\n")
    assert stop(run_directory) == 0
    assert "no run works here" in capsys.readouterr().out


def test_a_run_on_another_host_is_left_to_it(run_directory):
    (run_directory / LOCK).write_text("elsewhere 1 1\n")
    with pytest.raises(InfrastructureError, match="process 1 on elsewhere; stop it there"):
        stop(run_directory)


def test_another_directory_is_refused(tmp_path):
    (tmp_path / "notes.json").write_text(json.dumps({}))
    for ask in (stop, lambda directory: status([directory], containers=False)):
        with pytest.raises(DataError, match="is no run directory; give the --out"):
            ask(tmp_path)
