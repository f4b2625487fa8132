"""Sets of tasks: the class-heavy set, a trainer's batch, programs that wait or loop, and recorded ones from a folder."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch import function_items, functions

from coderm.extract.samples import given_tests
from coderm.messages.problem import Problem

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from class_heavy import read_set

SLEEPERS = {
    "sleeps": "import time\n\ndef {name}(*given):\n    time.sleep(10**6)\n",
    "waits for a lock that it holds": (
        "import threading\n\nlock = threading.Lock()\nlock.acquire()\n\ndef {name}(*given):\n    lock.acquire()\n"
    ),
    "waits for an event": "import threading\n\ndef {name}(*given):\n    threading.Event().wait()\n",
    "reads a pipe that nobody fills": "import os\n\ndef {name}(*given):\n    return os.read(os.pipe()[0], 1)\n",
    "takes from an empty queue": "import queue\n\ndef {name}(*given):\n    return queue.Queue().get()\n",
    "joins a thread that waits": (
        "import queue\nimport threading\n\ndef {name}(*given):\n"
        "    thread = threading.Thread(target=queue.Queue().get, daemon=True)\n    thread.start()\n    thread.join()\n"
    ),
}
WAKERS = {
    "wakes every second": "import time\n\ndef {name}(*given):\n    while True:\n        time.sleep(1)\n",
    "works a millisecond before each look": (
        "import time\n\ndef {name}(*given):\n    while True:\n        end = time.process_time() + 0.001\n"
        "        while time.process_time() < end:\n            pass\n        time.sleep(0.002)\n"
    ),
}
LOOPERS = {
    "keeps its state": "def {name}(*given):\n    i = 1\n    while i:\n        i = 1\n",
    "counts": "def {name}(*given):\n    i = 0\n    while True:\n        i += 1\n",
    "gathers": "def {name}(*given):\n    found = []\n    while len(found) >= 0:\n        found = [found[-9:], 1]\n",
    "calls": "def step(n):\n    return n + 1\n\ndef {name}(*given):\n    n = 0\n    while n >= 0:\n        n = step(n)\n",
}


@dataclass(frozen=True)
class Task:
    """Programs x tests of one problem."""

    name: str
    programs: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def pairs(self) -> int:
        return len(self.programs) * len(self.tests)


@dataclass(frozen=True)
class Workload:
    """Tasks that are run as one batch; `limits` differ from the defaults where a set would take too long."""

    name: str
    tasks: tuple[Task, ...]
    limits: dict[str, Any] = field(default_factory=dict)

    @property
    def pairs(self) -> int:
        return sum(task.pairs for task in self.tasks)

    @property
    def programs(self) -> int:
        return sum(len(task.programs) for task in self.tasks)


def class_heavy() -> Workload:
    """The project's own classes."""
    found = []
    for problem in read_set():
        known = Problem(problem.task_id, problem.question, problem.entry_point)
        tests = tuple(sample.code for sample in given_tests([part.text for part in problem.tests], known))
        found.append(Task(problem.task_id, tuple(part.text for part in problem.programs), tests))
    return Workload("class-heavy", tuple(found))


def trainer(*, looping: bool) -> Workload:
    """Four easy functions, 15 programs each, with `looping` a 16th that never ends; 16 test classes."""
    items = function_items(looping=looping)
    tasks = tuple(Task(item.problem, item.programs, item.suite.tests) for item in items)
    return Workload("trainer's batch, one in 16 loops" if looping else "trainer's batch", tasks)


def honest(programs: int) -> Workload:
    """So many right and wrong programs that end at once, spread over the four functions."""
    return Workload(
        "honest", tuple(_varied(name, (*functions.RIGHT[name], *functions.WRONG[name]), programs // 4) for name in functions.ENTRY)
    )


def waiting(programs: int) -> Workload:
    """So many programs that wait for what never comes, spread over the four functions."""
    templates = SLEEPERS.values()
    return Workload(
        "waiting",
        tuple(_varied(name, tuple(t.format(name=f) for t in templates), programs // 4) for name, f in functions.ENTRY.items()),
    )


def beside(programs: int) -> Workload:
    """As many programs that wait, behind the honest ones of each problem."""
    both = zip(honest(programs).tasks, waiting(programs).tasks, strict=True)
    tasks = (Task(one.name, (*one.programs, *other.programs), one.tests) for one, other in both)
    return Workload("as many that wait beside them", tuple(tasks))


def alike(name: str, templates: dict[str, str], programs: int, **limits: Any) -> Workload:
    """Programs of some kinds and no others."""
    tasks = tuple(
        _varied(f, tuple(t.format(name=functions.ENTRY[f]) for t in templates.values()), programs) for f in functions.ENTRY
    )
    return Workload(name, tasks, limits)


def recorded(folder: Path, problems: int, programs: int, only: Sequence[str], without: Sequence[str]) -> Workload:
    """The first tasks of a folder with `candidates.jsonl` {task_id, solutions} and `tests.jsonl` {task_id, unit_tests}."""
    solutions, tests = _rows(folder / "candidates.jsonl"), _rows(folder / "tests.jsonl")
    names = [n for n in solutions if tests.get(n, {}).get("unit_tests") and (n in only or not only) and n not in without][:problems]
    tasks = (Task(n, tuple(dict.fromkeys(solutions[n]["solutions"]))[:programs], tuple(tests[n]["unit_tests"])) for n in names)
    return Workload(folder.name, tuple(tasks))


def _varied(name: str, texts: tuple[str, ...], programs: int) -> Task:
    """A task with so many distinct programs, made of these."""
    item = next(item for item in function_items(looping=False) if item.problem == name)
    made = tuple(f"{texts[place % len(texts)]}# {place}\n" for place in range(programs))
    return Task(name, made, item.suite.tests)


def _rows(path: Path) -> dict[str, Any]:
    return {row["task_id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
