"""Hostile programs: each ends, and the next honest pair in the same box is judged rightly."""

import pytest
from pairs import ADD, ADDS, LIMITS, TIGHT, assert_serving, case, outcome

from coderm.messages.execution import Block, Limits, Outcome

SLEEP = "    import time\n    time.sleep(600)\n"
DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time
        time.sleep(600)
    os._exit(0)
"""
HOSTILE = {
    "a child left behind": (f"import os\nif os.fork() == 0:\n{SLEEP}" + ADD, LIMITS, {Outcome.PASSED}),
    "a daemon left behind": (DAEMON + ADD, LIMITS, {Outcome.PASSED}),
    "forty children": (
        f"import os\nfor _ in range(40):\n  if os.fork() == 0:\n{SLEEP}" + ADD,
        LIMITS,
        {Outcome.PASSED, Outcome.ERROR},  # local counts no processes
    ),
    "signals ignored": (
        "import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True:\n    pass\n",
        TIGHT,
        {Outcome.TIMEOUT},
    ),
    "exceptions swallowed": (
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n",
        TIGHT,
        {Outcome.TIMEOUT},
    ),
    "stopped by itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", Limits(wall_s=1.0), {Outcome.TIMEOUT}),
    "a thread that never ends": (
        f"import threading\ndef f():\n{SLEEP}threading.Thread(target=f).start()\n" + ADD,
        LIMITS,
        {Outcome.PASSED},
    ),
    "threads that burn": (
        "import threading\ndef f():\n    while True:\n        pass\n"
        "for _ in range(8):\n    threading.Thread(target=f).start()\nf()\n",
        TIGHT,
        {Outcome.TIMEOUT},
    ),
    "disk fill": (
        "with open('big', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))\n",
        LIMITS,
        {Outcome.ERROR},
    ),
    "deep directories": (
        "import os\nfor _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')\nos.chmod('.', 0)\n" + ADD,
        Limits(cpu_s=10.0),
        {Outcome.PASSED},
    ),
    "files with odd names": (
        "import os\nos.mkdir('-rf')\nopen('-rf/\\n', 'w').close()\nos.chmod('-rf', 0)\nopen('.x', 'w').close()\n" + ADD,
        LIMITS,
        {Outcome.PASSED},
    ),
    "a link out of the scratch directory": ("import os\nos.symlink('/', 'root')\n" + ADD, LIMITS, {Outcome.PASSED}),
    "closed descriptors": ("import os\nos.closerange(0, 256)\n" + ADD, LIMITS, {Outcome.ERROR}),
    "stack overflow in C": (
        "import sys\nsys.setrecursionlimit(10 ** 8)\ndef f(): return [f() for _ in '1']\nf()",
        LIMITS,
        {Outcome.ERROR, Outcome.MEMORY, Outcome.TIMEOUT},
    ),
    "many descriptors": ("files = [open('/dev/null') for _ in range(10_000)]", LIMITS, {Outcome.ERROR}),
    "output after the verdict": ("import atexit\natexit.register(print, 'x' * 10 ** 6)\n" + ADD, LIMITS, {Outcome.PASSED}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_ends_and_the_next_pair_is_served(sandbox, name):
    program, limits, expected = HOSTILE[name]
    assert outcome(sandbox, program, limits=limits) in expected
    assert_serving(sandbox)


def test_nothing_of_a_pair_is_left_for_the_next(sandbox):
    leave = "import os\nopen('note', 'w').write('x')\nos.makedirs('a/b')\nimport math\nmath.pi = 3\n" + DAEMON + ADD
    assert outcome(sandbox, leave) is Outcome.PASSED
    look = "import os, math\nseen = os.listdir('.') + [math.pi]\n"
    assert outcome(sandbox, look, case("self.assertEqual(seen, [3.141592653589793])")) is Outcome.PASSED


def test_a_fork_bomb_stays_in_its_box(sandbox, kind):
    if kind == "local":
        pytest.skip("local counts no processes: it protects nothing")
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
    assert outcome(sandbox, bomb, limits=TIGHT) is Outcome.TIMEOUT
    assert_serving(sandbox)


def test_children_that_take_memory_do_not_take_the_box(sandbox, kind):
    if kind == "local":
        pytest.skip("local limits the memory of one process only")
    grow = "x = bytearray(b'x') * (400 << 20)\nimport time\ntime.sleep(600)\n"
    program = "import os\nfor _ in range(8):\n    if os.fork() == 0:\n        break\n" + grow
    assert outcome(sandbox, program, limits=Limits(cpu_s=20.0, wall_s=5.0)) in (Outcome.MEMORY, Outcome.TIMEOUT)
    assert_serving(sandbox)


def test_a_server_that_is_out_of_reach_cannot_be_hurt(sandbox, kind):
    if kind == "local":
        pytest.skip("local candidates share the server's uid")
    program = (
        "import os, signal\nfor pid in [int(p) for p in os.listdir('/proc') if p.isdigit()]:\n    if pid != os.getpid():\n"
        "        try:\n            os.kill(pid, signal.SIGKILL)\n        except OSError:\n            pass\n"
    )
    assert outcome(sandbox, program + ADD) is Outcome.PASSED
    assert_serving(sandbox)


def test_a_hundred_hostile_pairs_among_honest_ones(sandbox):
    hostile = ("import os\nos._exit(0)", "open('x', 'w').write('y')\n" + DAEMON, "x = [0] * 10 ** 9", "print('x' * 10 ** 6)", "1 /")
    programs = tuple(program for bad in hostile for program in (bad, ADD))
    result = sandbox.run(Block("mixed", programs, (ADDS,) * 10, LIMITS))
    assert (result.outcomes[1::2] == Outcome.PASSED).all()
    assert (result.outcomes[0::2] != Outcome.PASSED).all()
