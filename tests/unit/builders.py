"""What the tests of the core are built from: small problems, a world that answers commands, and views that compare."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np

from coderm.config.loader import parse_config
from coderm.messages.events import (
    CommandLost,
    Execute,
    Executed,
    Finish,
    Generate,
    ProblemArrived,
    ReadStates,
    RecordObservation,
    Sampled,
    StatesRead,
)
from coderm.messages.execution import BlockResult, Outcome
from coderm.messages.hashing import content_hash
from coderm.messages.hidden_states import States
from coderm.messages.problem import Problem
from coderm.messages.results import ProblemResult
from coderm.messages.samples import Sample

FORBIDDEN = frozenset({"ray", "docker", "vllm"})
"""What no unit test may import."""


def a_config(**sections):
    """A config with one engine; sections are given as dicts."""
    return parse_config({"engines": {"main": {"type": "scripted", "path": "r.jsonl"}}, **sections}, "test")


def a_problem(task_id="p/0", checks=("check 0", "check 1")):
    return Problem(task_id, f"question of {task_id}", "f", checks=tuple(checks))


def sample(text):
    """A text as read back; one that starts with `bad` is rejected."""
    return Sample(text, rejected="no_code", tokens=3) if text.startswith("bad") else Sample(text, text, text, tokens=3)


def samples(*texts):
    return tuple(sample(text) for text in texts)


def hashed_verdict(program, test):
    return Outcome.PASSED if int(content_hash(program, test)[:4], 16) % 3 else Outcome.FAILED


@dataclass
class World:
    """Answers commands the same way every time. `programs` and `tests`: what is written under a task and role, in order."""

    programs: tuple[str, ...] = ("program a", "program b", "program a", "bad program")
    tests: tuple[str, ...] = tuple(f"test {number}" for number in range(40))
    verdict: Callable[[str, str], int] = hashed_verdict
    asked: list[str] = field(default_factory=list)

    def answer(self, command):
        self.asked.append(command.command_id)
        if isinstance(command, Execute):
            return Executed(command.command_id, self.run(command.block))
        if isinstance(command, ReadStates):
            return StatesRead(command.command_id, self.states(command.request))
        request = command.request
        written = self.programs if command.role == "policy" else self.tests
        texts = written[request.offset : request.offset + request.n]
        return Sampled(command.command_id, samples(*texts), prompt_tokens=10)

    def states(self, request):
        if request.request_id not in self.asked:
            self.asked.append(request.request_id)
        return States(request.request_id, np.ones(2, np.float32))

    def run(self, block):
        outcomes = np.array([[self.verdict(p, t) for t in block.tests] for p in block.programs], np.int8)
        shape = len(block.programs), len(block.tests)
        return BlockResult(block.block_id, outcomes.reshape(shape), np.full(shape, 0.25, np.float32), np.zeros(shape, np.int8))


def arrivals(count=3, **fields):
    return [ProblemArrived(number, a_problem(f"p/{number}"), **fields) for number in range(count)]


def play(scheduler, events, answer, choose=lambda waiting: 0):
    """Feed events, then answers in the order `choose` picks them; return results or observations in the order of the input."""
    waiting, results = [], []

    def take(commands):
        for command in commands:
            if isinstance(command, Finish | RecordObservation):
                results.append(command.result if isinstance(command, Finish) else command.observation)
            else:
                waiting.append(command)

    for event in events:
        take(scheduler.handle(event))
    while waiting:
        take(scheduler.handle(answer(waiting.pop(choose(waiting)))))
    return sorted(results, key=lambda result: result.index)


def lost(command, reason="node gone"):
    return CommandLost(command.command_id, reason)


def plain(value):
    """A result as plain values that compare."""
    return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}


def _plain(value):
    return (value.dtype.str, value.tolist()) if isinstance(value, np.ndarray) else value


def of_kind(commands, kind):
    return [command for command in commands if isinstance(command, kind)]


def generates(commands):
    return of_kind(commands, Generate)


def executes(commands, kind="tests"):
    return [command for command in of_kind(commands, Execute) if command.kind == kind]


def a_result(index=0, task_id="p/0", **changes):
    """A finished problem: 4 candidates (2 unique programs, the last one rejected), 3 tests (2 unique), 2 checks."""
    values = {
        "index": index,
        "problem": a_problem(task_id),
        "candidates": samples("program a", "program b", "program a", "bad program"),
        "program_of": np.array([0, 1, 0, -1], np.int32),
        "programs": ("program a", "program b"),
        "tests": samples("test 0", "test 1", "test 0"),
        "unit_test_of": np.array([0, 1, 0], np.int32),
        "unit_tests": ("test 0", "test 1"),
        "outcomes": np.array([[1, 2], [1, 1]], np.int8),
        "cpu_s": np.array([[0.5, 0.25], [1.0, 2.0]], np.float32),
        "grading": np.array([[0, 1], [0, 0]], np.int8),
        "checks": np.array([[1, 1], [1, 4]], np.int8),
        "units": 3,
        "rounds": (1, 2),
        "asked": 5,
        "rejected": {"policy:no_code": 1},
        "tokens": {"policy": 12, "policy_prompt": 10},
        "generations": {"policy": samples("program a", "program b", "program a", "bad program"), "coderm": samples("test 0")},
    } | changes
    return ProblemResult(**values)


NO_PAIRS = {"outcomes": np.zeros((0, 0), np.int8), "cpu_s": np.zeros((0, 0), np.float32), "grading": np.zeros((0, 0), np.int8)}
EMPTY = np.zeros(0, np.int32)
REJECTED = {
    "candidates": samples("bad"),
    "program_of": np.array([-1], np.int32),
    "programs": (),
    "tests": (),
    "unit_test_of": EMPTY,
    "unit_tests": (),
    "checks": np.zeros((0, 2), np.int8),
    "generations": {"policy": samples("bad")},
} | NO_PAIRS
"""A problem none of whose candidates could be used."""
UNLABELLED = {"problem": a_problem("p/2", checks=()), "checks": np.zeros((2, 0), np.int8), "generations": {}}
