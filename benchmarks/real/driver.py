"""Runs batches on one build of this project, in a process of its own: jobs as lines of JSON on stdin, answers on stdout.

Runs with the build's tree first on PYTHONPATH and imports nothing else, so that an older revision can be driven, too.
`python driver.py IMAGE CONTAINERS`. A job is {tasks: [[programs, tests], ...], grading, limits}. The answer has the seconds of wall
time, the CPU seconds of this process and of the containers, and per task outcomes, gradings and CPU seconds of the pairs.
"""

import contextlib
import dataclasses
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import docker

try:
    from coderm.config.schema import SandboxConfig
    from coderm.messages.execution import Block, Limits
except ImportError:  # before the rooms were made
    from coderm.config import SandboxConfig  # type: ignore[attr-defined, no-redef]
    from coderm.messages import Block, Limits  # type: ignore[attr-defined, no-redef]
from coderm.sandbox.factory import make_sandbox

WARM = (
    "def f():\n    return 1\n",
    "import unittest\n\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(f(), 1)\n",
)


def cpu_s(client, boxes):
    """CPU seconds that the containers have used so far."""
    stats = (client.stats(box.name, stream=False, one_shot=True) for box in boxes)
    return sum(one["cpu_stats"]["cpu_usage"]["total_usage"] for one in stats) / 1e9


def cut(tasks, pairs, limits, grading):
    """Return (task, first row, block) of blocks of whole rows."""
    for number, (programs, tests) in enumerate(tasks):
        step = max(1, pairs // len(tests))
        for first in range(0, len(programs), step):
            some = tuple(programs[first : first + step])
            yield number, first, Block(f"{number}/{first}", some, tuple(tests), limits, grading)


def judge(boxes, tasks, limits, grading):
    """Run everything; return the rows of each task."""
    waiting = list(cut(tasks, SandboxConfig().block_pairs, limits, grading))[::-1]
    rows = [[None] * len(programs) for programs, _ in tasks]

    def drain(box):
        while waiting:
            try:
                number, first, block = waiting.pop()
            except IndexError:
                return
            result = box.run(block)
            for i in range(len(block.programs)):
                cells = result.outcomes[i], result.grading[i], result.cpu_s[i]
                rows[number][first + i] = [cell.tolist() for cell in cells]

    with ThreadPoolExecutor(len(boxes)) as pool:
        list(pool.map(drain, boxes))
    return rows


def main():
    """Answer jobs until stdin ends."""
    image, containers = sys.argv[1], int(sys.argv[2])
    known = {field.name for field in dataclasses.fields(Limits)}
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(contextlib.closing(docker.APIClient()))
        boxes = [stack.enter_context(make_sandbox(SandboxConfig(image=image), run_id="benchmark")) for _ in range(containers)]
        for line in sys.stdin:
            job = json.loads(line)
            limits = Limits(**{name: value for name, value in job["limits"].items() if name in known})
            for box in boxes:
                box.run(Block("warm", WARM[:1], WARM[1:], limits, job["grading"]))
            inside, own, started = cpu_s(client, boxes), time.process_time(), time.perf_counter()
            rows = judge(boxes, job["tasks"], limits, job["grading"])
            seconds, own = time.perf_counter() - started, time.process_time() - own
            answer = {"seconds": seconds, "host_cpu_s": own, "box_cpu_s": cpu_s(client, boxes) - inside, "rows": rows}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
