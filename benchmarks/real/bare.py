"""The limit of everything that runs unittest: each program in one plain process of its own with all its tests, nothing confined.

Runs inside a container that only keeps the programs in: `python3 bare.py IN OUT PROCESSES`. IN is JSON of [programs, tests] pairs,
OUT gets the seconds of wall time and of CPU time. A process that uses CPU_S is killed.
"""

import contextlib
import io
import json
import os
import resource
import sys
import time
import types
import unittest

CPU_S = 20


def run(program, tests):
    """Execute the program and each test in one namespace, as shared grading does."""
    code = compile(program, "<program>", "exec")
    for test in tests:
        module = types.ModuleType("solution")
        sys.modules["solution"] = module
        with contextlib.suppress(BaseException):
            exec(code, module.__dict__)
            exec(test, module.__dict__)
            cases = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, unittest.TestCase)]
            unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, cases)).run(unittest.TestResult())


def child(program, tests):
    """Run one program in this fork and end."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
        run(program, tests)
    os._exit(0)


def main():
    """Run everything, some processes at a time."""
    with open(sys.argv[1]) as file:
        tasks = json.load(file)
    started, running = time.monotonic(), 0
    for programs, texts in tasks:
        tests = [compile(text, "<tests>", "exec") for text in texts]
        for program in programs:
            if running == int(sys.argv[3]):
                os.wait()
                running -= 1
            if os.fork() == 0:
                child(program, tests)
            running += 1
    while running:
        os.wait()
        running -= 1
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    with open(sys.argv[2], "w") as file:
        json.dump([time.monotonic() - started, sum(one.ru_utime + one.ru_stime for one in used)], file)


if __name__ == "__main__":
    main()
