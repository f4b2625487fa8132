"""The guard ends an engine's processes and removes their sockets when their parent closes it or dies of SIGKILL."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import os, subprocess, sys, time
from coderm.generation.process_guard import EngineGuard
guard = EngineGuard()
guard.open()
sockets = os.environ["VLLM_RPC_BASE_PATH"]
open(os.path.join(sockets, "socket"), "w").close()
child = subprocess.Popen([sys.executable, "-c", "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"])
guard.unmark()
other = subprocess.Popen(["sleep", "600"])
assert "VLLM_RPC_BASE_PATH" not in os.environ
print(child.pid, other.pid, sockets, flush=True)
{end}
"""


def start(end):
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(end=end)], stdout=subprocess.PIPE, text=True)
    child, other, sockets = parent.stdout.readline().split()
    return parent, int(child), int(other), Path(sockets)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(holds, within_s=10.0):
    deadline = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def ends(pid):
    return until(lambda: not alive(pid))


def grandchildren(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(item) for item in file.read().split()]


def test_sigkill_of_the_parent_ends_children_and_grandchildren_but_no_others():
    parent, child, other, sockets = start("time.sleep(600)")
    while not (below := grandchildren(child)):
        time.sleep(0.05)
    try:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
        assert ends(child)
        assert all(ends(pid) for pid in below)
        assert until(lambda: not sockets.exists())
        assert alive(other)
    finally:
        os.kill(other, signal.SIGKILL)


def test_close_ends_what_is_left_and_leaves_no_guard():
    parent, child, other, sockets = start("guard.close(); guard.close(); other.kill(); other.wait(); child.wait(); print('closed')")
    assert parent.stdout.read().strip() == "closed"
    parent.stdout.close()
    assert parent.wait() == 0
    assert not alive(child)
    assert not alive(other)
    assert not sockets.exists()
