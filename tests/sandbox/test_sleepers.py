"""Programs that wait: a wait that nothing can end costs no time, and one that can end is waited for."""

from dataclasses import replace

import pytest
from pairs import ADD, ADDS

from coderm.messages.execution import Block, Limits, Outcome
from coderm.sandbox.base import Sandbox

LIMITS = Limits(wall_s=30.0, row_timeouts=2)
FIVE = tuple(f"{ADDS}# {place}\n" for place in range(5))
WAITS = {
    "when it is called": "import time\ndef add(a, b):\n    time.sleep(10**6)\n",
    "when it is loaded": "import time\ntime.sleep(10**6)\n",
    "for a lock": "import threading\nlock = threading.Lock()\nlock.acquire()\ndef add(a, b):\n    lock.acquire()\n",
    "for a thread": (
        "import queue, threading\ndef add(a, b):\n    q = queue.Queue()\n    t = threading.Thread(target=q.get, daemon=True)\n"
        "    t.start()\n    t.join()\n"
    ),
    "for a process": "import os, time\ndef add(a, b):\n    os.waitpid(os.fork() or time.sleep(10**6), 0)\n",
    "for a pipe": "import os\ndef add(a, b):\n    return os.read(os.pipe()[0], 1)\n",
}
WAKES = {
    "sleeps": "import time\ndef add(a, b):\n    time.sleep(0.2)\n    return a + b\n",
    "is woken by a thread": (
        "import threading\ndef add(a, b):\n    e = threading.Event()\n    threading.Timer(0.1, e.set).start()\n    e.wait()\n"
        "    return a + b\n"
    ),
    "is woken by an alarm": (
        "import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\ndef add(a, b):\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.1)\n    signal.pause()\n    return a + b\n"
    ),
    "is woken by a process": (
        "import os, time\ndef add(a, b):\n    r, w = os.pipe()\n    if os.fork() == 0:\n        time.sleep(0.1)\n"
        "        os.write(w, b'x')\n        os._exit(0)\n    os.read(r, 1)\n    return a + b\n"
    ),
    "runs a command": "import subprocess\ndef add(a, b):\n    subprocess.run(['sleep', '0.1'], check=True)\n    return a + b\n",
}

AWAKE = {
    "wakes every so often": "import time\ndef add(a, b):\n    while True:\n        time.sleep(0.1)\n",
    "works a millisecond before each look": (
        "import time\ndef add(a, b):\n    while True:\n        time.sleep(0.0015)\n        end = time.process_time() + 0.001\n"
        "        while time.process_time() < end:\n            pass\n"
    ),
    "keeps one thread awake": (
        "import select, threading\ndef f():\n    while True:\n        select.select([], [], [], 0.05)\n"
        "def add(a, b):\n    threading.Thread(target=f, daemon=True).start()\n    threading.Event().wait()\n"
    ),
}


def test_a_wait_without_end_is_a_timeout_at_once_and_leaves_the_row_out(sandbox: Sandbox) -> None:
    programs = (*WAITS.values(), ADD)
    result = sandbox.run(Block("b", programs, FIVE, LIMITS, details=True))

    waits = [Outcome.TIMEOUT] * 2 + [Outcome.LEFT_OUT] * 3
    outcomes = dict(zip((*WAITS, "honest"), result.outcomes.tolist(), strict=True))
    assert outcomes == dict.fromkeys(WAITS, waits) | {"honest": [Outcome.PASSED] * 5}
    told = {name: result.details[place, 0].partition(";")[0] for place, name in enumerate(WAITS)}
    assert told == dict.fromkeys(WAITS, "waits: nothing could wake it within 30 s")
    assert result.endless == 2 * len(WAITS)


def test_a_wait_that_ends_is_waited_for(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", tuple(WAKES.values()), (ADDS,), LIMITS, details=True))

    assert dict(zip(WAKES, result.outcomes[:, 0].tolist(), strict=True)) == dict.fromkeys(WAKES, Outcome.PASSED), result.details
    assert result.endless == 0


def test_a_test_that_waits_counts_like_a_program_that_does(sandbox: Sandbox) -> None:
    waits = ADDS.replace("self.assertEqual", "__import__('time').sleep(10**6); self.assertEqual")
    result = sandbox.run(Block("b", (ADD,), (waits, ADDS), LIMITS, details=True))

    assert result.outcomes[0].tolist() == [Outcome.TIMEOUT, Outcome.PASSED]
    assert result.details[0, 0].startswith("waits: ")


def test_what_keeps_waking_ends_at_its_wall_limit_and_leaves_the_row_out(sandbox: Sandbox) -> None:
    result = sandbox.run(Block("b", tuple(AWAKE.values()), FIVE, replace(LIMITS, cpu_s=5.0, wall_s=0.5)))

    waits = [Outcome.TIMEOUT] * 2 + [Outcome.LEFT_OUT] * 3
    assert result.outcomes.tolist() == [waits] * len(AWAKE)


@pytest.mark.parametrize("count", [40, pytest.param(10_000, marks=(pytest.mark.long, pytest.mark.timeout(3600)))])
def test_any_number_of_programs_of_one_line_has_verdicts(sandbox: Sandbox, count: int) -> None:
    programs = tuple(f"def add(a, b): return a + b + {place % 2}" for place in range(count))
    result = sandbox.run(Block("b", programs, (ADDS,), LIMITS))

    assert result.outcomes[:, 0].tolist() == [Outcome.PASSED, Outcome.FAILED] * (count // 2)
