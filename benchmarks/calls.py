"""What one call between test and program costs in isolated grading: microseconds of CPU time, both processes together.

`python benchmarks/calls.py [--calls N] [--rounds N]`. A tester and a candidate talk over a socket, without a box around them. The
cost of a test without calls is taken off; the least of some rounds counts. Prints a table and one JSON line.

"""

import argparse
import json
import resource
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.candidate.server import serve as serve_program

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "sandbox" / "runner"))

from talking import case, talk

PROGRAM = """
class Point:
    def __init__(self, x=0):
        self.x = x
    def __add__(self, other):
        return Point(self.x + other.x)
    def move(self, n):
        self.x += n
        return self.x
def inc(x):
    return x + 1
def total(xs):
    return sum(xs)
def repeat(f, n):
    for i in range(n):
        f(i)
"""
LOOP = ("i = 0", "while i < {n}:")
KINDS = {
    "plain call": (*LOOP, "    inc(i)", "    i += 1"),
    "method": ("p = Point()", *LOOP, "    p.move(i)", "    i += 1"),
    "callback": ("held = [1]", "repeat(lambda x: x + held[0], {n})"),
    "callback that crosses as code": ("repeat(lambda x: x + 1, {n})",),
    "attribute": ("p = Point()", *LOOP, "    p.x", "    i += 1"),
    "operator": ("p = Point()", *LOOP, "    p + p", "    i += 1"),
    "construction": (*LOOP, "    Point(i)", "    i += 1"),
    "list of 100": ("xs = list(range(100))", *LOOP, "    total(xs)", "    i += 1"),
    "fresh list of 100": (*LOOP, "    total(list(range(100)))", "    i += 1"),
}


def seconds(lines):
    """CPU seconds of one test that passes, the candidate's included."""
    code = compile(PROGRAM, "<solution>", "exec")
    before = spent()
    (report,) = talk(lambda fd: serve_program([code], fd, alone=True), case(*lines))[0]
    if report.outcome != constants.PASSED:
        raise SystemExit(f"a test of the benchmark did not pass: {lines}: {report.detail}")
    return spent() - before


def spent():
    """CPU seconds of this process and of its ended children."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(calls, rounds):
    """Return microseconds a call, by kind."""
    empty = min(seconds(("pass",)) for _ in range(rounds))
    tests = {kind: [line.format(n=calls) for line in lines] for kind, lines in KINDS.items()}
    return {kind: round((min(seconds(lines) for _ in range(rounds)) - empty) / calls * 1e6, 1) for kind, lines in tests.items()}


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    figures = measure(options.calls, options.rounds)
    table = Table(title="CPU time of a call")
    table.add_column("kind")
    table.add_column("us", justify="right")
    for kind, microseconds in figures.items():
        table.add_row(kind, f"{microseconds:.1f}")
    Console(width=120).print(table)
    print(json.dumps({"benchmark": "calls", "cpu_us": figures}))


if __name__ == "__main__":
    main()
