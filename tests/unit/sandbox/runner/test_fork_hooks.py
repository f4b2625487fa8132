"""A server without the library's hooks forks programs that have them."""

import subprocess
import sys
from pathlib import Path

SANDBOX = Path(__file__).parents[4] / "coderm" / "sandbox"
SCRIPT = f"""
import sys
sys.path.insert(0, {str(SANDBOX)!r})
from runner.confinement import fork_hooks
fork_hooks.withhold()
import os, random, threading

def drawn(work):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, repr(work()).encode())
        os._exit(0)
    os.wait()
    return os.read(reading, 100).decode()

print(drawn(random.random) != drawn(random.random))
ran = []
os.register_at_fork(before=lambda: ran.append(1))
os.waitpid(os.fork() or os._exit(0), 0)
print(ran)
fork_hooks.release()
os.waitpid(os.fork() or os._exit(0), 0)
print(ran)
lock = threading.Lock()
thread = threading.Thread(target=lambda: lock.acquire() and lock.acquire(), daemon=True)
thread.start()
print(drawn(threading.active_count))
os._exit(0) if not sys.stdout.flush() else None
"""


def test_they_are_withheld_and_given_back():
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True).stdout.split()
    assert told == ["True", "[]", "[1]", "1"]
