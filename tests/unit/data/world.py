"""Who answers a build in the tests: texts by purpose, and verdicts by running the project's own programs in this process."""

import io
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from coderm.config.data import DataConfig
from coderm.data.build import Build
from coderm.data.records import Record
from coderm.data.store import Store
from coderm.extract.samples import read_samples
from coderm.messages.events import Sampled
from coderm.messages.execution import Outcome
from coderm.messages.generation import Completion
from coderm.messages.problem import Problem
from coderm.messages.scoring import ProgramVerdict, UnitTests

TEST = """\
import unittest


class {name}(unittest.TestCase):
    def test_it(self):
        self.assertEqual({call}, {wanted})
"""


def a_test(call: str, wanted: str, name: str = "ACase") -> str:
    return TEST.format(call=call, wanted=wanted, name=name)


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


def a_record(reference="def f(x):\n    return x + 1\n", question="Add one.", entry="f", position=0, **fields) -> Record:
    task_id = f"p/{position}"
    return Record(position, "jsonl:p.jsonl", Problem(task_id, question, entry, reference=reference, **fields))


def settings(source: Path | None = None, **sections) -> DataConfig:
    engine = {"type": "scripted", "path": "r.jsonl"}
    tree: dict[str, Any] = {
        "sources": [{"path": str(source)} if source else {"source": "starter", "limit": 3}],
        "engines": {"strong": engine, "weak": engine},
        "judge": {"ask": False},
        "repair": {"rounds": 0},
        "synthesize": {"tests": 2, "batch": 2, "cap": 4},
        "quality": {"programs": 0, "mutants": 4, "kills": "any"},
        "sandbox": {"type": "local"},
    }
    for name, section in sections.items():
        tree[name] = {**tree[name], **section} if isinstance(tree.get(name), dict) else section
    return DataConfig.model_validate(tree)


def drive(steps, *answers):
    """Answer the questions of a stage one after another; return what it returns and what it asked."""
    asked, left = [], list(answers)
    try:
        ask = next(steps)
        while True:
            asked.append(ask)
            answer = left.pop(0)
            ask = steps.send(answer(ask) if callable(answer) else answer)
    except StopIteration as end:
        assert not left
        return end.value, asked


def texts(*written: str, finish: str = "stop"):
    """Answers with texts, read back as an engine's actor reads them."""
    return lambda ask: Sampled(ask.command_id, read_samples(ask, [Completion(text, 5, finish) for text in written]), 7)


def outcome(program: str, test: str) -> Outcome:
    names: dict[str, Any] = {"__name__": "solution"}
    with redirect_stdout(io.StringIO()):
        exec(program, names)
        own = set(names)
        exec(test, names)
        kinds = [value for name, value in names.items() if name not in own and isinstance(value, type)]
        suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, kinds))
        result = unittest.TestResult()
        suite.run(result)
    return Outcome.ERROR if result.errors else Outcome.FAILED if result.failures else Outcome.PASSED


def judged(request) -> tuple[ProgramVerdict, ...]:
    assert isinstance(request.suite, UnitTests)
    rows = (tuple(outcome(program, test) for test in request.suite.tests) for program in request.programs)
    return tuple(ProgramVerdict(row, (0.5,) * len(row)) for row in rows)


class Answering:
    """A carrier: `written` maps a purpose to the texts for every record."""

    def __init__(self, written: dict[str, tuple[str, ...]]) -> None:
        self._written = written
        self.asked: list[str] = []

    async def sample(self, command):
        purpose = command.request.task_id.partition("|")[2] or {"coderm": "tests", "policy": "programs"}[command.role]
        self.asked.append(f"{command.request.task_id} {command.role}")
        start, n = command.request.offset, command.request.n
        return texts(*self._written[purpose.partition("/")[0]][start : start + n])(command)

    async def score(self, request):
        return judged(request)


async def built(config: DataConfig, store: Store, carrier: Answering, **watchers):
    return await Build(config, carrier, store, "here", **watchers).run()
