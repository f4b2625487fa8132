"""What a pair costs by phase, CPU milliseconds, by differences between batches: any build can be asked, and none is changed for it.

| phase | measured as |
|---|---|
| wire | this side's process: encoding, sending, reading |
| compile | blocks of the same texts beside one that does not compile, so that no pair runs; without what an empty block costs |
| fork | pairs of an empty program and an empty test: a process that starts, runs unittest and reports |
| load | pairs of the programs and an empty test, without fork |
| test | the pairs, without load and fork |
| reap | what the containers used beside all that: forking, watching, killing, reaping, wiping, blocks |
"""

from dataclasses import replace

from real.builds import Build
from real.sets import Task, Workload

BROKEN = "("
"""A text that does not compile."""
EMPTY_PROGRAM = "def empty():\n    pass\n"
EMPTY_TEST = "import unittest\n\n\nclass Case(unittest.TestCase):\n    def test_it(self):\n        self.assertTrue(True)\n"
PHASES = ("wire", "compile", "fork", "load", "test", "reap")


def phases(build: Build, work: Workload, grading: str) -> dict[str, float]:
    """Return CPU milliseconds a pair by phase."""
    whole = build.run(work.tasks, grading, **work.limits)
    empty_tests = tuple(replace(task, tests=_distinct(EMPTY_TEST, len(task.tests))) for task in work.tasks)
    loaded = build.run(empty_tests, grading, **work.limits)
    forked = build.run([replace(task, programs=_distinct(EMPTY_PROGRAM, len(task.programs))) for task in empty_tests], grading)
    compile_s = _compile_s(build, work, grading) / work.pairs
    fork_s, loaded_s, own_s = (run.cpu_s.mean() for run in (forked, loaded, whole))
    seconds = {
        "wire": whole.host_cpu_s / work.pairs,
        "compile": compile_s,
        "fork": fork_s,
        "load": loaded_s - fork_s,
        "test": own_s - loaded_s,
        "reap": whole.box_cpu_s / work.pairs - compile_s - own_s,
    }
    return {phase: round(1000 * seconds[phase], 3) for phase in PHASES}


def _compile_s(build: Build, work: Workload, grading: str) -> float:
    tasks = [replace(task, programs=(BROKEN,)) for task in work.tasks] + [replace(task, tests=(BROKEN,)) for task in work.tasks]
    nothing = [Task(task.name, (BROKEN,), (BROKEN,)) for task in tasks]
    return max(0.0, build.run(tasks, grading).box_cpu_s - build.run(nothing, grading).box_cpu_s)


def _distinct(text: str, count: int) -> tuple[str, ...]:
    return tuple(f"{text}# {place}\n" for place in range(count))
