"""The processes of a session are removed once, however often that is asked for."""

import subprocess
import sys

TWICE = """
import os, subprocess
from coderm.sandbox.runner.confinement.forks import ForkedPair

pair = ForkedPair(None, None, 0, 0, None)
pair.pid = os.fork()
if pair.pid == 0:
    os._exit(0)
pair.remove()
print(len(pair.statuses), pair.remove())

# A pid that was reaped may be another process's by now: here, of one that is nobody's child.
other = int(subprocess.run(["sh", "-c", "sleep 60 >&- 2>&- & echo $!"], stdout=subprocess.PIPE, text=True).stdout)
reused = ForkedPair(None, None, 0, 0, None)
reused.pid, reused.statuses = other, {other: 0}
reused.remove()
os.kill(other, 0)
with open(f"/proc/{other}/stat") as file:
    print("gone" if file.read().rpartition(")")[2].split()[0] in "ZX" else "lives")
os.kill(other, 9)
"""


def test_removing_twice_neither_fails_nor_kills_who_has_the_pid_by_now():
    done = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["1", "0.0", "lives"], "")
