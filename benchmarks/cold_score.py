"""`coderm score` of 64 programs x 16 tests from a cold shell: wall seconds of the command, and whether two checkouts judge alike.

Every command is a process of its own in a directory of its own. With `--beside DIR` each round runs that checkout, then this one,
so that both meet the same machine; `--beside-image` is the sandbox image of its runner. Prints a line a command and the ratio of
the best ones.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent.parent
PROGRAMS, TESTS, PROBLEMS = 8, 16, 8


def rows(what: str) -> Iterator[dict[str, Any]]:
    """Rows of a file of problems, candidates or tests: problem k adds k + 1, half of its programs are right."""
    for k in range(PROBLEMS):
        task = f"cold/{k}"
        if what == "problems":
            tests = [f"assert add({n}) == {n + k + 1}" for n in range(3)]
            yield {"task_id": task, "question": f"Write add(n) that returns n + {k + 1}.", "checks": tests}
        elif what == "candidates":
            wrong = [f"def add(n):\n    return n + {k + 1} + (n > {limit})\n" for limit in range(PROGRAMS // 2)]
            right = [
                f"def add(n):\n    total = {first}\n    return n + {k + 1} - {first} + total\n" for first in range(PROGRAMS // 2)
            ]
            yield {"task_id": task, "solutions": wrong + right}
        else:
            yield {"task_id": task, "unit_tests": [test(n, n + k + 1) for n in range(TESTS)]}


def test(given: int, wanted: int) -> str:
    case = f"    def test_add(self):\n        self.assertEqual(add({given}), {wanted})\n"
    return "import unittest\n\nclass T(unittest.TestCase):\n" + case


def score(tree: Path, image: str, files: Path, out: Path) -> float:
    """Run the command with a checkout and return its wall seconds."""
    environ = {**os.environ, "PYTHONPATH": str(tree), "CODERM__SANDBOX__IMAGE": image}
    named = [part for what in ("problems", "candidates", "tests") for part in (f"--{what}", str(files / f"{what}.jsonl"))]
    started = time.perf_counter()
    command = [sys.executable, str(tree / "launch.py"), "score", *named, "--out", str(out), "--set", "cluster.address=local"]
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL, cwd=out.parent)
    return time.perf_counter() - started


def verdicts(out: Path) -> str:
    """A digest of every verdict of a run."""
    table = pq.read_table(out / "matrix.parquet").to_pylist()
    kept = sorted((row["task_id"], row["candidate"], row["test"], row["outcome"]) for row in table)
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--image", default="coderm-sandbox")
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--beside-image", default="coderm-sandbox")
    given = parser.parse_args()
    trees = [("beside", given.beside.resolve(), given.beside_image)] if given.beside else []
    trees.append(("this", HERE, given.image))
    walls: dict[str, list[float]] = {name: [] for name, _, _ in trees}
    with tempfile.TemporaryDirectory() as kept:
        for what in ("problems", "candidates", "tests"):
            (Path(kept) / f"{what}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(what)))
        for number in range(given.rounds):
            for name, tree, image in trees:
                out = Path(kept) / f"{name}-{number}"
                walls[name].append(score(tree, image, Path(kept), out))
                seconds = json.loads((out / "summary.json").read_text())["seconds"]
                print(f"{name:7} {walls[name][-1]:6.2f} s wall, verdicts {verdicts(out)}, stages {seconds}", flush=True)
    if given.beside:
        print(f"ratio of the best: {min(walls['this']) / min(walls['beside']):.3f}")


if __name__ == "__main__":
    main()
