"""Plants wrong and useless tests among good ones, builds a data set, and counts what quality control lets through.

    .venv/bin/python benchmarks/planted_tests.py [--problems 53]

Good tests are the hidden checks of the starter problems, a few cases each. Planted, at known rates: expectations that are off by
one, tests that expect nothing of their own, tests that expect what a mutant of the program gives, and good tests under other names.
Programs of the weaker model are recorded ones of Qwen2.5-Coder-0.5B-Instruct. Everything is run in the local sandbox.
"""

import argparse
import ast
import asyncio
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coderm.config.data import DataConfig
from coderm.data.build import Build
from coderm.data.records import Kept
from coderm.data.store import Store
from coderm.extract.samples import read_samples
from coderm.messages.events import Generate, Sampled
from coderm.messages.generation import Completion, GenerationRequest, Sampling
from coderm.messages.problem import Problem
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.mutants.making import make_mutants
from coderm.problems.starter import read_starter
from coderm.scoring.local import local_scorer
from coderm.scoring.scorer import Scorer

RECORDED = Path(__file__).resolve().parents[1] / "examples" / "recorded.jsonl"
KINDS = ("good", "off by one", "tautology", "mutant's mistake", "other names")
PLANTED = KINDS[1:]
CASES = 2
"""Cases of a good test."""
HEAD = "import unittest\n\n\nclass {name}(unittest.TestCase):\n"


@dataclass(slots=True)
class Found:
    """Tests given and kept, by kind; redundant: left out since better tests
    kill the same mutants; covered: mutants that the kept ones kill."""

    given: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    redundant: int = 0
    covered: int = 0

    @property
    def survivors(self) -> float:
        """Share of the planted tests that were kept."""
        return sum(self.kept[kind] for kind in PLANTED) / sum(self.given[kind] for kind in PLANTED)

    @property
    def lost(self) -> float:
        """Share of the good tests that were not kept, apart from those whose mutants are all killed by kept ones."""
        return 1 - (self.kept["good"] + self.redundant) / self.given["good"]


def cases_of(problem: Problem) -> list[tuple[str, str]]:
    """Return (call, expected) of the checks that compare one call with a literal."""
    found = []
    for check in problem.checks:
        for node in ast.walk(ast.parse(check)):
            if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], ast.Eq):
                call, wanted = ast.unparse(node.test.left), ast.unparse(node.test.comparators[0])
                if isinstance(node.test.left, ast.Call) and _literal(wanted) is not _NONE and _plain(node.test.left):
                    found.append((call, wanted))
    return found


_NONE = object()


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _NONE


def _plain(call: ast.Call) -> bool:
    return all(_literal(ast.unparse(item)) is not _NONE for item in call.args) and not call.keywords


def a_test(cases: list[tuple[str, str]], number: int) -> str:
    """Return a test of some cases."""
    lines = [
        f"    def test_{place}(self):\n        self.assertEqual({call}, {wanted})\n" for place, (call, wanted) in enumerate(cases)
    ]
    return HEAD.format(name=f"Test{number}") + "\n".join(lines)


def off_by_one(wanted: str) -> str:
    """Return a value that is nearly the right one."""
    value = _literal(wanted)
    match value:
        case bool():
            return repr(not value)
        case int() | float():
            return repr(value + 1)
        case str():
            return repr(value + "x")
        case list():
            return repr([*value, value[-1] if value else 0])
        case tuple():
            return repr((*value, 0))
        case dict():
            return repr(value | {"x": 0})
    return "'nothing'"


def tautologies(call: str, number: int) -> list[str]:
    """Return tests that expect nothing of their own."""
    bodies = [
        f"        self.assertEqual({call}, {call})\n",
        f"        expected = {call}\n        result = {call}\n        self.assertEqual(result, expected)\n",
        f"        result = {call}\n        self.assertTrue(result == result)\n",
        f"        {call}\n        self.assertEqual(1 + 1, 2)\n",
    ]
    return [HEAD.format(name="Same") + "    def test_it(self):\n" + bodies[number % len(bodies)]]


def other_names(cases: list[tuple[str, str]], number: int) -> str:
    """Return a test with the same cases in another layout, under other names."""
    lines = []
    for place, (call, wanted) in enumerate(reversed(cases)):
        lines.append(
            f"    def test_variant_{place}(self):\n        # another author\n        outcome{place} = {call}\n"
            f"        anticipated = {wanted}\n        self.assertEqual(anticipated, outcome{place}, 'differs')\n"
        )
    return HEAD.format(name=f"Copied{number}Suite") + "\n".join(lines)


def mistakes(problem: Problem, cases: list[tuple[str, str]]) -> Iterator[str]:
    """Yield tests that expect what a mutant gives where it differs from the right program. Mutants without loops alone are run."""
    for mutant in make_mutants(problem.reference, 24, 1):
        if any(isinstance(node, ast.While) for node in ast.walk(ast.parse(mutant.text))):
            continue
        for call, wanted in cases:
            given = _value(mutant.text, call)
            if given is not _NONE and given != _literal(wanted):
                yield a_test([(call, repr(given))], 90)
                break


def _value(program: str, call: str) -> Any:
    names: dict[str, Any] = {}
    try:
        exec(program, names)  # the project's own program with one change, and no loop that could be endless
        value = eval(call, names)
        return value if _literal(repr(value)) is not _NONE else _NONE
    except Exception:  # noqa: BLE001 - the mutant crashes: it gives no value
        return _NONE


def planted(problem: Problem, chance: random.Random) -> dict[str, list[str]]:
    """Return the tests of a problem by kind: three good ones, and for every three of them two of each planted kind."""
    cases = cases_of(problem)
    groups = [cases[start : start + CASES] for start in range(0, min(len(cases), 3 * CASES), CASES)]
    good = [a_test(group, number) for number, group in enumerate(groups)]
    wrong = [(call, off_by_one(wanted)) for call, wanted in chance.sample(cases, min(2, len(cases)))]
    return {
        "good": good,
        "off by one": [a_test([case], 50 + number) for number, case in enumerate(wrong)],
        "tautology": [
            text for number, (call, _) in enumerate(cases[:2]) for text in tautologies(call, chance.randrange(4) + number)
        ],
        "mutant's mistake": list(mistakes(problem, cases))[:2],
        "other names": [other_names(group, number) for number, group in enumerate(groups[:2])],
    }


class Planter:
    """Answers a build: planted tests in a drawn order, recorded programs, and verdicts of the local sandbox."""

    def __init__(self, problems: int, scorer: Scorer, seed: int = 7) -> None:
        chance = random.Random(seed)
        self.tests: dict[str, list[tuple[str, str]]] = {}
        for problem, _ in zip(read_starter(), range(problems), strict=False):
            texts = [(kind, text) for kind, found in planted(problem, chance).items() for text in found]
            good = [item for item in texts if item[0] == "good"]
            rest = [item for item in texts if item[0] != "good"]
            chance.shuffle(rest)
            self.tests[problem.task_id] = good + rest
        rows = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()]
        self._programs = {row["task_id"]: row["completions"] for row in rows if row["role"] == "policy"}
        self._scorer = scorer

    async def sample(self, command: Generate) -> Sampled:
        name, start, n = command.request.task_id, command.request.offset, command.request.n
        if command.role == "coderm":
            texts = [f"```python\n{text}```" for _, text in self.tests[name]]
        else:
            texts = [item if isinstance(item, str) else item["text"] for item in self._programs[name]]
        completions = [Completion(text) for text in texts[start : start + n]]
        return Sampled(command.command_id, read_samples(command, completions))

    async def score(self, request: ScoreRequest) -> tuple[ProgramVerdict, ...]:
        return await self._scorer.score_all(request)


def config_of(problems: int, kills: str) -> DataConfig:
    """Return the settings: all that is written is taken, and the rules are the default ones."""
    engine = {"type": "scripted", "path": str(RECORDED)}
    return DataConfig.model_validate(
        {
            "seed": 7,
            "sources": [{"source": "starter", "limit": problems}],
            "engines": {"strong": engine, "weak": engine},
            "judge": {"ask": False},
            "synthesize": {"tests": 100, "batch": 32, "cap": 32},
            "repair": {"rounds": 0},
            "quality": {"programs": 5, "kills": kills, "most_accepted": 1.0},
            "sandbox": {"type": "local"},
        }
    )


async def plant(problems: int, kills: str, directory: Path) -> Found:
    """Build, and count by kind."""
    config = config_of(problems, kills)
    async with local_scorer(config.sandbox) as scorer:
        planter = Planter(problems, scorer)
        with Store(directory / f"{kills}.sqlite") as store:
            await Build(config, planter, store, scorer.environment).run()
            kept = {item.task_id: item for item in store.accepted()}
    found = Found()
    for problem, _ in zip(read_starter(), range(problems), strict=False):
        _count(found, problem, planter.tests[problem.task_id], kept.get(problem.task_id))
    return found


def _count(found: Found, problem: Problem, tests: list[tuple[str, str]], kept: Kept | None) -> None:
    survivors = {test.key for test in kept.tests} if kept is not None else set()
    for kind, text in tests:
        command = Generate("", _request(problem), problem)
        (sample,) = read_samples(command, [Completion(f"```python\n{text}```")])
        found.given[kind] += 1
        found.kept[kind] += sample.key in survivors
    if kept is not None:
        found.redundant += kept.dropped.get("nothing_new", 0)
        found.covered += len({kill for test in kept.tests for kill in test.kills})


def _request(problem: Problem) -> GenerationRequest:
    return GenerationRequest("", problem.task_id, "coderm", (), 1, 0, Sampling())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=53)
    problems = parser.parse_args().problems
    with tempfile.TemporaryDirectory() as folder:
        for kills in ("any", "new"):
            found = asyncio.run(plant(problems, kills, Path(folder)))
            print(f'quality.kills = "{kills}": of the planted {found.survivors:.2%} survive, of the good {found.lost:.2%} are lost')
            for kind in KINDS:
                print(f"  {kind:18} given {found.given[kind]:4}  kept {found.kept[kind]:4}")
            print(f"  good ones left out since better ones kill the same: {found.redundant}; mutants killed: {found.covered}")


if __name__ == "__main__":
    main()
