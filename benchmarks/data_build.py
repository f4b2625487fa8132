"""Records a second of `coderm data build` against a plain sequential script with the same stages, and memory by number of records.

    .venv/bin/python benchmarks/data_build.py speed [--records 200] [--plain 12]
    .venv/bin/python benchmarks/data_build.py memory [--records 100000]

Records are synthetic, generations recorded. The plain script reads, filters, signs, judges, extracts and measures with the same
functions, one record after another. It runs each (program, test) pair in a process of its own: a new interpreter, or a copy of the
script. Memory is measured without sandboxes: verdicts are given, and everything else is done.
"""

import argparse
import asyncio
import contextlib
import io
import json
import multiprocessing
import random
import resource
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from actors.local_build import build_locally
from coderm.config.data import DataConfig
from coderm.data.build import Build, Tally
from coderm.data.cases_held import cases_held
from coderm.data.cutting import Measured, cut, without_copies
from coderm.data.reading import read_sources
from coderm.data.records import Record, Rejected, WrittenTest
from coderm.data.sieve import Sieve
from coderm.data.stages.suitability import read_judgement
from coderm.data.store import Store
from coderm.extract import Extracted, Rejection, extract_program, extract_unit_test
from coderm.extract.samples import read_samples
from coderm.messages.events import Generate, Sampled
from coderm.messages.execution import Outcome
from coderm.messages.generation import Completion
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.mutants.making import make_mutants

TESTS, PROGRAMS, MUTANTS = 6, 5, 8
WORDS = ("amber", "basket", "candle", "desert", "engine", "forest", "garden", "harbor", "island", "jacket", "kettle", "ladder")


def problem(number: int) -> dict[str, Any]:
    """Return a generic row: a function of a list and a limit, with coefficients that differ."""
    chance = random.Random(number)
    a, b, c = chance.randrange(2, 90), chance.randrange(2, 90), chance.randrange(3, 30)
    story = " ".join(chance.choice(WORDS) + str(chance.randrange(1000)) for _ in range(24))
    reference = (
        f"def f(items, limit):\n    total = {a}\n    for item in items:\n"
        f"        if item > limit:\n            total += item * {b}\n"
        f"        elif item % {c} == 0:\n            total -= item\n    return total\n"
    )
    return {"task_id": f"s/{number}", "question": f"About {story}: what is f?", "entry_point": "f", "reference": reference}


def right(row: dict[str, Any], items: list[int], limit: int) -> int:
    names: dict[str, Any] = {}
    exec(row["reference"], names)
    return int(names["f"](items, limit))


def a_test(items: list[int], limit: int, wanted: int) -> str:
    case = f"        self.assertEqual(f({items}, {limit}), {wanted})\n"
    return f"```python\nimport unittest\n\n\nclass TestF(unittest.TestCase):\n    def test_it(self):\n{case}```"


def generations(number: int) -> list[dict[str, Any]]:
    """Return the recorded texts of a row: tests of which one is wrong, programs of which some are."""
    row, chance = problem(number), random.Random(number)
    tests = []
    for place in range(TESTS):
        items, limit = [chance.randrange(-50, 200) for _ in range(5)], chance.randrange(100)
        wanted = right(row, items, limit) + (place == 1)
        tests.append(a_test(items, limit, wanted))
    wrong = row["reference"].replace(">", ">=").replace("total -= item", "total -= 1")
    programs = [f"```python\n{text}```" for text in (row["reference"], wrong)]
    name = row["task_id"]
    return [
        {"task_id": f"{name}|judge", "role": "coderm", "completions": ["It returns a number.\nANSWER: NO"]},
        {"task_id": name, "role": "coderm", "completions": tests},
        {"task_id": name, "role": "policy", "completions": [programs[place % 2] for place in range(PROGRAMS)]},
    ]


def config_of(folder: Path, records: int, **quality: Any) -> DataConfig:
    """Write rows and recording, and return the settings."""
    with (folder / "rows.jsonl").open("w") as rows, (folder / "recorded.jsonl").open("w") as recorded:
        for number in range(records):
            rows.write(json.dumps(problem(number)) + "\n")
            recorded.writelines(json.dumps(row) + "\n" for row in generations(number))
    engine = {"type": "scripted", "path": str(folder / "recorded.jsonl")}
    return DataConfig.model_validate(
        {
            "sources": [{"path": str(folder / "rows.jsonl")}],
            "engines": {"strong": engine, "weak": engine},
            "synthesize": {"tests": TESTS, "batch": TESTS, "cap": TESTS},
            "repair": {"rounds": 0},
            "quality": {"programs": PROGRAMS, "mutants": MUTANTS, "most_accepted": 1.0, **quality},
            "sandbox": {"type": "local", "details": False},
        }
    )


def in_subprocess(program: str, test: str) -> Outcome:
    """Run a pair in a new interpreter."""
    text = f"{program}\n\n{test}\n\nimport unittest\nunittest.main()\n"
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, timeout=20, check=False)
    return Outcome.PASSED if ended.returncode == 0 else Outcome.FAILED


def in_fork(program: str, test: str) -> Outcome:
    """Run a pair in a copy of this process."""
    process = multiprocessing.get_context("fork").Process(target=_judge, args=(program, test))
    process.start()
    process.join(20)
    return Outcome.PASSED if process.exitcode == 0 else Outcome.FAILED


def _judge(program: str, test: str) -> None:
    names: dict[str, Any] = {"__name__": "solution"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(program, names)
        exec(test, names)
        kinds = [value for value in names.values() if isinstance(value, type) and issubclass(value, unittest.TestCase)]
        result = unittest.TestResult()
        unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, kinds)).run(result)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


def plain(config: DataConfig, folder: Path, run: Callable[[str, str], Outcome]) -> int:
    """The same stages, one record after another; returns the number of tests kept."""
    rows = map(json.loads, (folder / "recorded.jsonl").open())
    recorded = {(row["task_id"], row["role"]): row["completions"] for row in rows}
    kept = 0
    with Store(folder / f"{run.__name__}.sqlite") as store, (folder / "plain.jsonl").open("w") as out:
        sieve = Sieve(config, store)
        for row in read_sources(config.sources):
            assert isinstance(row, Record)
            _, record = sieve(row)
            if isinstance(record, Rejected) or read_judgement(recorded[f"{row.problem.task_id}|judge", "coderm"][0]) is None:
                continue
            for test in _measured(config, record, recorded, run):
                kept += 1
                out.write(json.dumps({"task_id": record.problem.task_id, "test": test.code}) + "\n")
    return kept


def _measured(
    config: DataConfig, record: Record, recorded: dict[tuple[str, str], list[str]], run: Callable[[str, str], Outcome]
) -> tuple[WrittenTest, ...]:
    problem, name = record.problem, record.problem.task_id
    distinct = {test.key: test.code for test in _usable(extract_unit_test(text, problem) for text in recorded[name, "coderm"])}
    valid = [WrittenTest(code, key) for key, code in distinct.items() if run(problem.reference, code) == Outcome.PASSED]
    left, _ = without_copies([Measured(test, cases_held(test.code, "f")) for test in valid], config.quality.similarity)
    weak = [program.code for program in _usable(extract_program(text, problem) for text in recorded[name, "policy"])]
    mutants = [mutant.text for mutant in make_mutants(problem.reference, config.quality.mutants, config.seed)]
    measured = []
    for item in left:
        outcomes = [run(program, item.test.code) for program in [*weak, *mutants]]
        kills = tuple(number for number, outcome in enumerate(outcomes[len(weak) :]) if outcome != Outcome.PASSED)
        measured.append(Measured(WrittenTest(item.test.code, item.test.key, kills=kills), item.cases, frozenset(kills)))
    return cut(measured, len(mutants), config.quality).kept


def _usable(found: Iterable[Extracted | Rejection]) -> list[Extracted]:
    return [item for item in found if isinstance(item, Extracted)]


class Given:
    """Answers without models and sandboxes: recorded texts made on the spot, the reference passes, a mutant fails."""

    async def sample(self, command: Generate) -> Sampled:
        name, _, _ = command.request.task_id.partition("|")
        text = a_test([int(name.partition("/")[2]), 1, 2], 3, 0)
        return Sampled(command.command_id, read_samples(command, [Completion(text)]))

    async def score(self, request: ScoreRequest) -> tuple[ProgramVerdict, ...]:
        reference, tests = problem(int(request.problem_id.partition("/")[2]))["reference"], len(request.suite)
        outcomes = [Outcome.PASSED if program == reference else Outcome.FAILED for program in request.programs]
        return tuple(ProgramVerdict((outcome,) * tests, (0.001,) * tests) for outcome in outcomes)


def speed(records: int, few: int) -> None:
    """Print records a second of both, wall time, in one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = config_of(folder, records)
        spent, started = cpu_s(), time.perf_counter()
        manifest = asyncio.run(build_locally(config, folder / "out"))
        ours, ours_cpu = records / (time.perf_counter() - started), (cpu_s() - spent) / records
        print(
            f"coderm data build: {records} records, {manifest['tests']} tests kept, {ours:.2f} records/s, "
            f"{1000 * ours_cpu:.0f} ms CPU a record; start and output included"
        )
        config = config_of(folder, few)
        for run in (in_subprocess, in_fork):
            spent, started = cpu_s(), time.perf_counter()
            kept = plain(config, folder, run)
            theirs, theirs_cpu = few / (time.perf_counter() - started), (cpu_s() - spent) / few
            print(
                f"plain script, {run.__name__}: {few} records, {kept} tests, {theirs:.2f} records/s, "
                f"{1000 * theirs_cpu:.0f} ms CPU a record: {ours / theirs:.1f} x slower, {theirs_cpu / ours_cpu:.1f} x by CPU"
            )


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def memory(records: int) -> None:
    """Build once without sandboxes, and print the peak of this process's memory after 1,000 records and each further 10,000."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "rows.jsonl").open("w") as rows:
            rows.writelines(json.dumps(problem(number)) + "\n" for number in range(records))
        engine = {"type": "scripted", "path": "none"}
        tree = {
            "sources": [{"path": str(folder / "rows.jsonl")}],
            "engines": {"strong": engine},
            "judge": {"ask": False},
            "synthesize": {"tests": 1, "batch": 1, "cap": 1},
            "repair": {"rounds": 0},
            "quality": {"programs": 0, "mutants": 0},
        }
        config = DataConfig.model_validate(tree)

        def told(tally: Tally) -> None:
            if tally.accepted == 1000 or tally.accepted % 10_000 == 0:
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(f"{tally.accepted} records kept: peak {peak:.1f} MiB, {cpu_s():.0f} CPU s", flush=True)

        with Store(folder / "build.sqlite") as store:
            asyncio.run(Build(config, Given(), store, "given", told=told).run())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "memory"))
    parser.add_argument("--records", type=int)
    parser.add_argument("--plain", type=int, default=12, help="records of the plain script")
    given = parser.parse_args()
    match given.what:
        case "speed":
            speed(given.records or 200, given.plain)
        case "memory":
            memory(given.records or 100_000)


if __name__ == "__main__":
    main()
