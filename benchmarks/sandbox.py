"""How many (program, test) pairs a second the sandbox judges, on recorded pairs, beside plainer ways in the same run.

`python benchmarks/sandbox.py [--data DIR] [--problems N] [--containers 1 2] [--harness MAIN.PY] [--differential PAIRS]`

DIR holds `candidates.jsonl` {task_id, solutions} and `tests.jsonl` {task_id, unit_tests}; without it the starter problems'
references and checks are run. Prints a table and one JSON line; ratios within one run are what counts, seconds depend on the
machine. Programs that looped in a first run are left out of the rows without loops. Only pairs that purity proves harmless ever run
outside of a container: for the bare in-process limit. Another harness runs in a container of its own, on an even sample of all
pairs, looping ones too, and of the harmless ones.

`--differential` compares instead: every outcome with sessions against one fresh process per pair, and lists what differs.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import tempfile
import time
import types
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from coderm.config.schema import SandboxConfig
from coderm.messages.execution import Block, Limits, Outcome
from coderm.problems.starter import read_starter
from coderm.sandbox.containers.container import DockerSandbox
from coderm.sandbox.containers.engine import connect, remove_container
from coderm.sandbox.factory import make_sandbox
from coderm.sandbox.runner.purity.proof import facts, why_impure

BLOCK_PAIRS = SandboxConfig().block_pairs
FOOTER = """
suite = unittest.TestLoader().loadTestsFromTestCase({name})
locals_dict['result'] = unittest.TextTestRunner(stream=output).run(suite)
"""
"""How such a harness wants a test to end."""
STOPWATCH = """
import subprocess, sys, time
started = time.monotonic()
subprocess.run([sys.executable, *sys.argv[1:]], check=True)
with open("/data/seconds", "w") as file:
    file.write(str(time.monotonic() - started))
"""
"""Runs a harness and writes the seconds it took, without those of its container."""
HARNESS_WALL_S = 1800.0
HARNESS_PAIRS = 500


@dataclass(frozen=True)
class Task:
    """Programs x tests of one problem; every pair counts."""

    name: str
    programs: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def pairs(self):
        """Number of pairs."""
        return len(self.programs) * len(self.tests)


def rows(path):
    """Read one JSON Lines file by task."""
    return {row["task_id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def load(data, problems):
    """Return tasks, spread over the recorded problems; distinct programs only, since the host drops doubles."""
    if data is None:
        starter = [problem for problem in read_starter() if problem.checks][:problems]
        return [Task(problem.task_id, (problem.reference,) * 20, problem.checks * 20) for problem in starter]
    solutions, tests = rows(data / "candidates.jsonl"), rows(data / "tests.jsonl")
    names = [name for name in solutions if tests.get(name, {}).get("unit_tests")]
    names = names[:: max(1, len(names) // problems)][:problems]
    return [Task(n, tuple(dict.fromkeys(solutions[n]["solutions"])), tuple(tests[n]["unit_tests"])) for n in names]


def blocks(tasks, limits, grading):
    """Cut tasks into blocks of whole rows; return (task number, first row, block)."""
    found = []
    for number, task in enumerate(tasks):
        step = max(1, BLOCK_PAIRS // len(task.tests))
        for first in range(0, len(task.programs), step):
            block = Block(f"{number}/{first}", task.programs[first : first + step], task.tests, limits, grading)
            found.append((number, first, block))
    return found


def judge(tasks, limits, grading, boxes):
    """Run everything over the boxes; return seconds and a matrix of outcomes per task."""
    outcomes = [np.zeros((len(task.programs), len(task.tests)), np.int8) for task in tasks]
    waiting = blocks(tasks, limits, grading)[::-1]

    def drain(box):
        while True:
            try:
                number, first, block = waiting.pop()
            except IndexError:
                return
            outcomes[number][first : first + len(block.programs)] = box.run(block).outcomes

    started = time.perf_counter()
    with ThreadPoolExecutor(len(boxes)) as pool:
        list(pool.map(drain, boxes))
    return time.perf_counter() - started, outcomes


def harmless(tasks, outcomes):
    """Return (program, test) texts that are proved to keep nothing and ended by themselves in the sandbox."""
    pairs = []
    for task, matrix in zip(tasks, outcomes, strict=True):
        programs, tests = [facts(text) for text in task.programs], [facts(text) for text in task.tests]
        for i, j in zip(*np.nonzero((matrix == Outcome.PASSED) | (matrix == Outcome.FAILED)), strict=True):
            if not why_impure(programs[i], tests[j]):
                pairs.append((task.programs[i], task.tests[j]))
    return pairs


def bare(pairs):
    """Judge pairs one after the other in this interpreter: the limit of everything that uses unittest."""
    compiled = {text: compile(text, "<text>", "exec") for pair in pairs for text in pair}
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        for program, test in pairs:
            module = types.ModuleType("solution")
            with contextlib.suppress(Exception):
                exec(compiled[program], module.__dict__)
                exec(compiled[test], module.__dict__)
                cases = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, unittest.TestCase)]
                unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, cases)).run(unittest.TestResult())
    return time.perf_counter() - started


def other_harness(path, pairs, processes, image):
    """Judge pairs with another harness that has the released one's command line, in a container; return seconds."""
    lines = []
    for number, (program, test) in enumerate(pairs):
        test += FOOTER.format(name=test.partition("class ")[2].partition("(")[0])
        texts = {"solution": program, "unit_test": test, "code": f"{program}\n{test}"}
        lines.append({"task_id": "0", "sol_id": number, "ut_id": 0, **texts})
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        command = ["-c", STOPWATCH, f"/harness/{path.name}", "--input_path", "/data/in.jsonl", "--output_path", "/data/out.jsonl"]
        command += ["--mp_num", str(processes), "--chunk_size", "1000", "--recover", "0"]
        run_in_container(image, command, {folder: "/data:rw", str(path.resolve().parent): "/harness:ro"})
        return float(Path(folder, "seconds").read_text())


def run_in_container(image, command, binds):
    spec = importlib.util.find_spec("tqdm")  # the released harness wants it
    if spec is not None and spec.origin is not None:
        binds[str(Path(spec.origin).parent)] = "/packages/tqdm:ro"
    with contextlib.closing(connect(HARNESS_WALL_S)) as client:
        host = {"network_mode": "none", "mem_limit": "2g", "pids_limit": 256, "init": True, "tmpfs": {"/tmp": "size=64m"}}
        limits = client.create_host_config(binds=[f"{source}:{target}" for source, target in binds.items()], **host)
        made = client.create_container(
            image, command, entrypoint=["python3"], environment={"PYTHONPATH": "/packages"}, working_dir="/data", host_config=limits
        )["Id"]
        try:
            client.start(made)
            client.wait(made, timeout=HARNESS_WALL_S)
        finally:
            remove_container(client, made)


def first(tasks, pairs):
    """Return the first rows of the tasks, about so many pairs in all."""
    share = max(1, pairs // len(tasks))
    return [replace(task, programs=task.programs[: max(1, share // len(task.tests))]) for task in tasks]


def without(tasks, outcomes):
    """Return the tasks without programs that timed out."""
    kept = []
    for task, matrix in zip(tasks, outcomes, strict=True):
        fine = ~(matrix == Outcome.TIMEOUT).any(axis=1)
        kept.append(replace(task, programs=tuple(p for p, ok in zip(task.programs, fine, strict=True) if ok)))
    return [task for task in kept if task.programs]


def measure(options):
    """Return figures: pairs a second by name."""
    tasks, limits = load(options.data, options.problems), Limits(row_timeouts=3)
    known = get_args(SandboxConfig.model_fields["grading"].annotation)
    gradings = [grading for grading in options.gradings if grading in known]
    figures = {}

    def note(name, pairs, seconds):
        figures[name] = round(pairs / seconds, 1)

    with contextlib.ExitStack() as stack:
        config = SandboxConfig(image=options.image)
        boxes = [stack.enter_context(DockerSandbox(config, run_id="benchmark")) for _ in range(max(options.containers))]
        _, outcomes = judge(tasks, limits, "shared", boxes)
        honest = without(tasks, outcomes)
        print(f"{sum(t.pairs for t in tasks)} pairs of {len(tasks)} problems, {sum(t.pairs for t in honest)} without loops")
        for count in options.containers:
            for grading in gradings:
                for kind, chosen in (("all", tasks), ("no loops", honest)):
                    seconds, _ = judge(chosen, limits, grading, boxes[:count])
                    note(f"{grading}, {kind}, {count} containers", sum(t.pairs for t in chosen), seconds)
                sample = first(honest, options.sample)
                seconds, _ = judge(sample, replace(limits, sessions=False), grading, boxes[:count])
                note(f"{grading}, a process per pair, no loops, {count} containers", sum(t.pairs for t in sample), seconds)
    pairs = harmless(tasks, outcomes)
    pairs = pairs[:: max(1, len(pairs) // options.sample)]
    note("bare in-process, harmless pairs, 1 process", len(pairs), bare(pairs))
    if options.harness:
        everything = [(program, test) for task in tasks for program in task.programs for test in task.tests]
        for kind, texts in (("all", everything), ("harmless pairs", pairs)):
            chosen = texts[:: max(1, len(texts) // HARNESS_PAIRS)]
            for count in options.containers:
                seconds = other_harness(options.harness, chosen, count, options.image)
                note(f"other harness, {kind}, {count} processes", len(chosen), seconds)
    return figures


def differential(options):
    """Compare sessions with one process per pair; return the number of pairs and of differences."""
    tasks, limits = load(options.data, options.problems), Limits(row_timeouts=3)
    tasks = first(tasks, options.differential)
    different = 0
    with make_sandbox(SandboxConfig(type=options.sandbox, image=options.image), run_id="benchmark") as box:
        for task in tasks:
            _, (sessions,) = judge([task], limits, options.gradings[0], [box])
            _, (alone,) = judge([task], replace(limits, sessions=False), options.gradings[0], [box])
            for i, j in zip(*np.nonzero(sessions != alone), strict=True):
                different += 1
                print(f"{task.name} program {i} test {j}: {Outcome(sessions[i, j]).label} and {Outcome(alone[i, j]).label} alone")
            print(f"{task.name}: {task.pairs} pairs, {int((sessions != alone).sum())} differ", flush=True)
    return sum(task.pairs for task in tasks), different


def show(figures):
    """Print the table; ratios are to one fresh process per pair where there is one, else to the first figure."""
    table = Table(title="pairs a second")
    for name in ("how", "pairs/s", "times a process per pair"):
        table.add_column(name, justify="left" if name == "how" else "right")
    for name, figure in figures.items():
        base = next((v for k, v in figures.items() if "a process per pair" in k and k[-12:] == name[-12:]), 0)
        table.add_row(name, f"{figure:.0f}", f"{figure / base:.1f}" if base else "")
    Console(width=120).print(table)


def main():
    """Measure or compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="directory with candidates.jsonl and tests.jsonl")
    parser.add_argument("--problems", type=int, default=8)
    parser.add_argument("--containers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--gradings", nargs="+", default=["shared", "isolated"])
    parser.add_argument("--sample", type=int, default=2000, help="pairs for the slower ways")
    parser.add_argument("--harness", type=Path, help="main file of another harness; it runs in a container")
    parser.add_argument("--image", default=SandboxConfig().image)
    parser.add_argument("--differential", type=int, default=0, metavar="PAIRS")
    parser.add_argument("--sandbox", choices=("docker", "local"), default="docker", help="where --differential runs")
    options = parser.parse_args()
    if options.differential:
        pairs, different = differential(options)
        print(json.dumps({"benchmark": "sandbox-differential", "pairs": pairs, "different": different}))
        return
    figures = measure(options)
    show(figures)
    print(json.dumps({"benchmark": "sandbox", "pairs_per_second": figures}))


if __name__ == "__main__":
    main()
