"""The class-heavy set in real boxes: every verdict is the one of plain Python, in both gradings."""

import pytest
from class_heavy import ClassProblem, read_set
from pairs import LIMITS

from coderm.extract.samples import given_tests
from coderm.messages.execution import Block, BlockResult, Outcome
from coderm.messages.problem import Problem

REFUSED = "UNSERVED"
"""What a test may come to whose heading allows it."""


def block(problem: ClassProblem) -> Block:
    """All pairs of a problem, its tests read as `coderm score` reads them."""
    known = Problem(problem.task_id, problem.question, problem.entry_point)
    tests = tuple(sample.code for sample in given_tests([part.text for part in problem.tests], known))
    return Block(problem.task_id, tuple(part.text for part in problem.programs), tests, LIMITS, details=True)


def differences(problem: ClassProblem, result: BlockResult) -> list[str]:
    """Name each pair whose outcome is not the recorded verdict."""
    found = []
    for i, program in enumerate(problem.programs):
        for j, test in enumerate(problem.tests):
            got = Outcome(int(result.outcomes[i, j])).name
            right = {"PASSED"} if problem.verdicts[i][j] == "1" else {"FAILED", "ERROR"}
            if test.kind == "test, may be unserved":
                right |= {REFUSED}
            if got not in right:
                where = f"{problem.task_id}: {program.kind} program {program.title!r}, test {test.title!r}"
                told = result.details.get((i, j), "").strip().splitlines()
                found.append(f"{where}: expected {' or '.join(sorted(right))}, got {got}: {' | '.join(told[-3:])}")
    return found


@pytest.mark.slow
def test_every_verdict_is_that_of_plain_python(sandbox):
    found = [line for problem in read_set() for line in differences(problem, sandbox.run(block(problem)))]
    assert not found, f"{len(found)} pairs differ:\n" + "\n".join(found)
