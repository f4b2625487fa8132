"""Calls whose rewards are known, and what became of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from batch import Item, function_items, stdin_items
from batch.functions import ENTRY

from coderm.client.contract import CaseSuite, CaseText, ProblemText, ProgramReward, ProgramText, ScoreItem, UnitTestSuite
from coderm.messages.scoring import Cases

LOOPING = ("longest_run", "sum_max")
"""Problems with a program that loops: in each, it costs a CPU limit."""


@cache
def items() -> tuple[Item, ...]:
    """The batch, function and stdin problems by turns."""
    found: list[Item] = []
    for looping in (True, False):
        pairs = zip(function_items(looping=looping), stdin_items(looping=looping), strict=True)
        found += [item for pair in pairs for item in pair if (item.problem in LOOPING) == looping]
    return tuple(found)


def asked(number: int) -> tuple[ScoreItem, tuple[bool, ...]]:
    """The item of call `number`, and which of its programs are right. No two numbers share a text, so no cache answers."""
    item = items()[number % len(items())]
    suite: UnitTestSuite | CaseSuite
    if isinstance(item.suite, Cases):
        suite = CaseSuite(cases=tuple(CaseText(input=case.input, output=case.expected) for case in item.suite.cases))
    else:
        suite = UnitTestSuite(tests=item.suite.tests)
    problem = ProblemText(id=f"{item.problem}/{number}", entry_point=ENTRY.get(item.problem, ""), suite=suite)
    programs = tuple(ProgramText(code=f"{text}# {number}\n") for text in item.programs)
    return ScoreItem(problem=problem, programs=programs), item.right


@dataclass(frozen=True)
class Answered:
    """A call that was answered; times in seconds of one clock."""

    number: int
    began: float
    ended: float
    rewards: tuple[ProgramReward, ...]

    @property
    def whole(self) -> bool:
        """Whether every program has a reward."""
        return all(reward.reward is not None for reward in self.rewards)


@dataclass(frozen=True)
class Tally:
    """Programs by what became of them. wrong: a reward that is not the truth, or a null without a reason."""

    programs: int
    right: int
    nulls: Counter[str]
    wrong: list[str]


def tally(answers: Iterable[Answered]) -> Tally:
    """Compare rewards with the truth."""
    programs, right, nulls, wrong = 0, 0, Counter[str](), list[str]()
    for answer in answers:
        truth = asked(answer.number)[1]
        programs += len(truth)
        if [reward.program for reward in answer.rewards] != list(range(len(truth))):
            wrong.append(f"call {answer.number}: rewards for {len(answer.rewards)} of {len(truth)} programs")
        for reward, is_right in zip(answer.rewards, truth, strict=False):
            if reward.reward is None and reward.message:
                nulls[reward.status] += 1
            elif reward.reward == float(is_right):
                right += 1
            else:
                told = f"reward {reward.reward} ({reward.status}, {reward.message!r}), it is {'right' if is_right else 'wrong'}"
                wrong.append(f"call {answer.number}, program {reward.program}: {told}")
    return Tally(programs, right, nulls, wrong)
