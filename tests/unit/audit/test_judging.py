"""What an audit runs and how it reads the outcomes, over a box whose answers are made up."""

import asyncio

import numpy as np
import pytest
from rewards.groups import LETTERS

from cluster.here import answers
from coderm.audit.judging import Judge, RunCache, parts_agree
from coderm.audit.problem_audit import audit
from coderm.audit.subject import Wanted, make_subject
from coderm.config.schema import SandboxConfig
from coderm.messages.execution import BlockResult, Outcome
from coderm.messages.problem import Problem
from coderm.problems.unittest_text import module_text
from coderm.scoring.cache.memory import MemoryCache
from coderm.scoring.scorer import Scorer

CHECK = module_text("assert f(1) == 2\nassert f(2) == 3")
PROBLEM = Problem("p/0", "Add one.", "f", reference="def f(x):\n    return x + 1\n", checks=(CHECK,))
GOOD, BAD = "def f(x): return 1 + x", "def f(x): return 'bad'"


class Box:
    """Passes every pair but those that `fails` names; counts the pairs it ran. Canaries are never passed."""

    def __init__(self, fails):
        self.fails = fails
        self.pairs = 0
        self.limits = set()

    async def __call__(self, block):
        self.pairs += len(block.programs) * len(block.tests)
        self.limits.add(block.limits.cpu_s)
        canaries = len(block.tests) - block.canary_columns
        cells = [
            [Outcome.FAILED if j >= canaries or self.fails(program, test) else Outcome.PASSED for j, test in enumerate(block.tests)]
            for program in block.programs
        ]
        outcomes = np.array(cells, np.int8)
        return BlockResult(block.block_id, outcomes, np.full(outcomes.shape, 0.001, np.float32), np.ones(outcomes.shape, np.int8))


def judged(box, *, cache=None, runs=1, programs=(GOOD, BAD), wanted=None):
    async def run():
        first = Scorer(box, environment="made up", cache=cache)
        known = MemoryCache(1 << 20) if cache is None else cache
        scorers = (first, *(first.beside(RunCache(known, number)) for number in range(1, runs)))
        subject = make_subject(PROBLEM, wanted or Wanted(4, runs=runs), None, programs, None)
        return await Judge(scorers, SandboxConfig()).judge(subject)

    return asyncio.run(run())


def wrong_ones(program, test):
    return "1 + x" not in program and "x + 1\n" not in program


@pytest.mark.slow
def test_a_test_that_flips_between_runs_is_unsteady():
    seen = {}

    def flips(program, test):
        seen[program, test] = seen.get((program, test), 0) + 1
        return program == GOOD and "f(2)" in test and "f(1)" not in test and seen[program, test] > 1

    assert audit(judged(Box(flips), runs=3), 8).unsteady == (1,)
    assert audit(judged(Box(flips), runs=1), 8).unsteady == ()


def test_what_was_run_is_not_run_again_and_each_run_is_kept_for_itself():
    cache = MemoryCache(1 << 20)
    box = Box(wrong_ones)
    first = judged(box, cache=cache, runs=2)
    ran = box.pairs
    second = judged(box, cache=cache, runs=2)
    assert (first.groups.everybody == second.groups.everybody).all()
    assert box.pairs == ran


def test_parts_that_say_something_else_leave_the_problem_whole():
    def only_whole(program, test):
        return program == GOOD and test == CHECK

    assert judged(Box(wrong_ones)).split
    whole = judged(Box(only_whole))
    assert not whole.split
    assert whole.tests == (CHECK,)


def test_parts_agree_where_both_are_known():
    def matrix(*rows):
        return np.array([[LETTERS[letter] for letter in row] for row in rows], np.int8)

    assert parts_agree(matrix("+-", "-+"), matrix("++-", "+-+"), (0, 0, 1))
    assert not parts_agree(matrix("+"), matrix("+-"), (0, 0))
    assert parts_agree(matrix("?"), matrix("+-"), (0, 0))


def test_mutants_get_little_more_time_than_their_reference_and_candidates_the_whole_limit():
    box = Box(wrong_ones)
    judged(box)
    assert box.limits == {0.25, SandboxConfig().check_cpu_s}


def test_findings_of_a_suite_that_accepts_everybody():
    found = audit(judged(Box(lambda program, test: False), programs=(GOOD, BAD, BAD)), group=8)
    assert found.everything == (0, 1)
    assert (found.rate, found.too_easy, found.signal, found.candidates) == (1, True, 0, 3)
    assert {leak.kind for leak in found.leaks} >= {"constant"}
    assert len(found.survivors) == found.mutants == 4
    assert found.accepted_wrong["mutants"].share == 1


def test_labels_of_another_source_count_wrong_ones_that_are_accepted():
    async def run():
        subject = make_subject(PROBLEM, Wanted(0), None, (GOOD, BAD, "def f(x): return x"), (True, False, False))
        fails = Box(lambda program, test: program == BAD)
        return await Judge((Scorer(fails, environment="made up"),), SandboxConfig()).judge(subject)

    found = audit(asyncio.run(run()), 8)
    assert found.accepted_wrong["labels"].share == 0.5
    assert found.rate == 2 / 3


def test_answers_come_in_order_with_few_under_way():
    under_way, most = 0, 0

    async def work(item):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(5 - item % 5):
            await asyncio.sleep(0)
        under_way -= 1
        return item

    with asyncio.Runner() as runner:
        assert list(answers(runner, range(20), work, window=4)) == list(range(20))
    assert most == 4
