"""`coderm watch` as it is typed: one look, a run that ends, and Ctrl-C, which ends the watching and nothing else."""

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from builders import a_config

from cluster.commands.watch import watch
from coderm.errors import ConfigError, DataError
from coderm.report.summary import write_outputs
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

ROOT = Path(__file__).resolve().parents[3]
ONCE: dict[str, Any] = {"page": False, "port": 0, "every_s": 1.0, "once": True}


@pytest.fixture
def signals():
    """Puts back what the command sets."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def ended(tmp_path):
    files = RunDirectory(tmp_path / "run")
    with files.claimed({}, a_config(selection={"rule": "max_pass"}).model_dump(mode="json")), Journal(files.journal):
        pass
    return files


@pytest.mark.usefixtures("signals")
def test_a_run_that_was_broken_off_ends_the_watching_with_its_own_code(ended, capsys):
    assert watch(str(ended.root), **ONCE) == 3
    assert watch(str(ended.root), **ONCE | {"once": False}) == 3
    assert capsys.readouterr().out.count("no process works on it") == 2


@pytest.mark.usefixtures("signals")
def test_a_finished_run_ends_it_well(ended, capsys):
    write_outputs(ended, a_config(), 0)
    assert watch(str(ended.root), **ONCE) == 0
    assert "finished; report.html has its page" in capsys.readouterr().out


@pytest.mark.usefixtures("signals")
def test_what_cannot_be_watched_is_told_in_a_line(tmp_path):
    with pytest.raises(DataError, match="without --once its beginning is waited for"):
        watch(str(tmp_path / "nothing"), **ONCE)
    for wrong in ({"every_s": 0.0}, {"every_s": float("nan")}, {"port": 70_000}, {"port": -1}):
        with pytest.raises(ConfigError, match=r"--(every|port)"):
            watch(str(tmp_path), **ONCE | wrong)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "page"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_a_signal_ends_the_watching_with_a_word_and_nothing_else(tmp_path, number, page):
    command = [sys.executable, str(ROOT / "launch.py"), "watch", str(tmp_path / "to-come"), *(["--page"] if page else [])]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = process.stdout.readline().strip()
    if page:
        with urllib.request.urlopen(first + "look.json", timeout=10) as answer:
            assert b"waiting" in answer.read()
    else:
        assert first == "there is no run yet; waiting for one to begin"
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("no longer watching; what was watched goes on\n")
