"""Programs at the edge of their limits, each with the outcome that docs/limits.md states; used by tests and benchmarks/edges.py."""

from dataclasses import dataclass, field
from typing import Any

from pairs import ADD

from coderm.messages.execution import Limits, Outcome

LIMITS = Limits(cpu_s=1.0, wall_s=20.0, borderline=0.0, crowds=True)


@dataclass(frozen=True)
class Edge:
    """One kind of program for the test that `add` adds."""

    program: str
    outcome: Outcome
    limits: dict[str, Any] = field(default_factory=dict)
    or_else: Outcome | None = None
    """What it may come to as well, where two limits lie close together."""


def deep(stack_bits, levels, body="return 0 if i == 0 else 1 + go(i - 1)", before=""):
    """A right program that first recurses in a thread with a stack of its own."""
    return (
        f"import sys, threading\nsys.setrecursionlimit(10 ** 7)\nthreading.stack_size(1 << {stack_bits})\n"
        f"found = []\n{before}def go(i):\n    {body}\n"
        f"thread = threading.Thread(target=lambda: found.append(go({levels})))\nthread.start()\nthread.join()\n"
        f"def add(a, b):\n    return a + b + found[0] - {levels}\n"
    )


CACHED = "import functools\n@functools.cache\n"
POOL = (
    "import multiprocessing\ndef both(x):\n    return x[0] + x[1]\n"
    "def add(a, b):\n    with multiprocessing.Pool({size}) as pool:\n        return pool.map(both, [(a, b)] * 3)[2]\n"
)
EXECUTOR = (
    "from concurrent.futures import ProcessPoolExecutor\n"
    "def add(a, b):\n    with ProcessPoolExecutor() as pool:\n        return list(pool.map(sum, [(a, b)] * 3))[2]\n"
)
QUEUE = (
    "import multiprocessing\ndef add(a, b):\n    queue = multiprocessing.Queue()\n"
    "    process = multiprocessing.Process(target=queue.put, args=(a + b,))\n    process.start()\n"
    "    found = queue.get(timeout=10)\n    process.join()\n    return found\n"
)
SHARED_MEMORY = (
    "from multiprocessing import Process, Value, shared_memory\ndef write(name, count, a, b):\n"
    "    block = shared_memory.SharedMemory(name)\n    block.buf[0] = a + b\n    block.close()\n    count.value += 1\n"
    "def add(a, b):\n    block, count = shared_memory.SharedMemory(create=True, size=16), Value('i', 0)\n"
    "    process = Process(target=write, args=(block.name, count, a, b))\n    process.start()\n    process.join()\n"
    "    found = block.buf[0] * count.value\n    block.close()\n    block.unlink()\n    return found\n"
)
THREADS = (
    "import threading, time\nfound = []\ndef wait():\n    time.sleep(0.2)\n    found.append(1)\n"
    "threads = [threading.Thread(target=wait) for _ in range(100)]\n[t.start() for t in threads]\n[t.join() for t in threads]\n"
    "def add(a, b):\n    return a + b + len(found) - 100\n"
)
THREADS_FOR_EVER = "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(60,)).start()\n"
STEPS = "kept = []\nwhile True:\n    kept.append(bytearray(1 << 20))\n"
FORKS = "import os, time\nwhile True:\n    if os.fork() == 0:\n        time.sleep(60)\n"
HOG_PROCESSES = (
    "import os, time\nchildren = [os.fork() for _ in range(4)]\n"
    "if 0 in children:\n    kept = bytearray(b'x') * (400 << 20)\n    time.sleep(60)\n"
    "if any([os.waitpid(child, 0)[1] for child in children]):\n    raise MemoryError\n"
)
EDGES = {
    "adds": Edge(ADD, Outcome.PASSED),
    "prints 10 MB, adds": Edge("for i in range(1000):\n    print('x' * 9999)\n" + ADD, Outcome.PASSED),
    "prints without end": Edge("while True:\n    print('x' * 9999)\n", Outcome.TIMEOUT),
    "prints without end, output_kb = 64": Edge("while True:\n    print('x' * 9999)\n", Outcome.OUTPUT_LIMIT, {"output_kb": 64}),
    "recurses 900 levels, adds": Edge("def go(i):\n    return i and go(i - 1)\ngo(900)\n" + ADD, Outcome.PASSED),
    "recurses 10,000 levels": Edge("def go(i):\n    return i and go(i - 1)\ngo(10_000)\n" + ADD, Outcome.ERROR),
    "recurses without end, limit 10**7": Edge(
        "import sys\nsys.setrecursionlimit(10 ** 7)\ndef go():\n    go()\ngo()\n", Outcome.TIMEOUT, or_else=Outcome.MEMORY
    ),
    "recurses 100,000 levels in a 64 MiB stack": Edge(deep(26, 100_000), Outcome.PASSED),
    "recurses 100,000 levels in a 512 MiB stack": Edge(deep(29, 100_000), Outcome.PASSED),
    "the same through functools.cache": Edge(deep(29, 100_000, before=CACHED), Outcome.PASSED),
    "allocates 1 GiB at once": Edge("kept = bytearray(1 << 30)\n", Outcome.MEMORY),
    "allocates in steps of 1 MiB": Edge(STEPS, Outcome.MEMORY),
    "the same after a thread with a 512 MiB stack": Edge(deep(29, 10) + STEPS, Outcome.MEMORY),
    "allocates 400 MiB in each of 16 processes": Edge(HOG_PROCESSES, Outcome.TIMEOUT, {"wall_s": 2.0}, or_else=Outcome.MEMORY),
    "starts 100 threads, adds": Edge(THREADS, Outcome.PASSED),
    "starts threads without end": Edge(THREADS_FOR_EVER, Outcome.ERROR),
    "forks without end": Edge(FORKS, Outcome.ERROR),
    "multiprocessing.Pool(2)": Edge(POOL.format(size=2), Outcome.PASSED),
    "multiprocessing.Pool()": Edge(POOL.format(size=""), Outcome.PASSED),
    "ProcessPoolExecutor()": Edge(EXECUTOR, Outcome.PASSED),
    "Process and Queue": Edge(QUEUE, Outcome.PASSED),
    "SharedMemory and Value": Edge(SHARED_MEMORY, Outcome.PASSED),
    "sleeps": Edge("import time\ntime.sleep(60)\n", Outcome.TIMEOUT, {"wall_s": 1.0}),
    "loops": Edge("while True:\n    pass\n", Outcome.TIMEOUT),
}
