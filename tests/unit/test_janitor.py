"""What a process had when it died is removed, also where its own children are killed with it, as Ray does to its actors."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from coderm.janitor import Janitor, kept_directory

OWNER = """
import sys, time
from coderm.janitor import Janitor
janitor = Janitor(sys.argv[1:], "TEST_MARK=one")
print("ready", flush=True)
time.sleep(600)
"""
LOCAL = """
import time
from coderm.config.schema import SandboxConfig
from coderm.sandbox.local import LocalSandbox
box = LocalSandbox(SandboxConfig(type="local"))
box.start()
print(box.pid, flush=True)
time.sleep(600)
"""


def until(holds, within_s=30.0):
    deadline = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def children(pid):
    return [int(item) for item in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_as_ray_does(pid):
    """The children first, then the process, each with SIGKILL."""
    for child in [*children(pid), pid]:
        os.kill(child, signal.SIGKILL)


def test_an_owner_killed_with_its_children_leaves_neither_directory_nor_marked_process(tmp_path):
    folder = tmp_path / "scratch"
    (folder / "deep").mkdir(parents=True)
    owner = subprocess.Popen([sys.executable, "-c", OWNER, folder], stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "ready\n"
    assert children(owner.pid) == []
    with subprocess.Popen(["sleep", "600"], env=os.environ | {"TEST_MARK": "one"}) as marked:
        with subprocess.Popen(["sleep", "600"], env=os.environ | {"TEST_MARK": "two"}) as other:
            kill_as_ray_does(owner.pid)
            owner.communicate()
            assert marked.wait(30) == -signal.SIGKILL
            assert until(lambda: not folder.exists())
            assert other.poll() is None
            other.kill()


def test_close_waits_until_all_is_done_and_may_be_called_twice(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    janitor = Janitor([folder, tmp_path / "never made"])
    assert folder.exists()
    janitor.close()
    assert not folder.exists()
    janitor.close()


def test_a_directory_has_its_janitor_before_it_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = []
    monkeypatch.setattr(os, "mkdir", lambda path, mode: made.append((path, mode)))
    path, janitor = kept_directory("coderm-")
    assert made == [(path, 0o700)]
    Path(path).touch()  # what is there when the janitor ends is what it was told of before
    janitor.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_link_leads_to_stays(tmp_path):
    folder, kept = tmp_path / "scratch", tmp_path / "kept"
    folder.mkdir()
    kept.mkdir()
    (folder / "link").symlink_to(kept)
    Janitor([folder]).close()
    assert kept.exists()
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize("kill", [kill_as_ray_does, lambda pid: os.kill(pid, signal.SIGKILL)], ids=["with children", "alone"])
def test_a_killed_owner_of_a_local_sandbox_leaves_no_scratch_directory(tmp_path, kill):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    owner = subprocess.Popen(
        [sys.executable, "-c", LOCAL], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    runner = int(owner.stdout.readline())
    assert len(list(tmp_path.iterdir())) == 1
    kill(owner.pid)
    owner.communicate()
    assert until(lambda: not list(tmp_path.iterdir()))
    assert until(lambda: not Path(f"/proc/{runner}").exists())
