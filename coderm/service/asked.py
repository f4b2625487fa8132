"""An item of a call as it will be judged: its problem, its tests, and its programs as code or as the reason why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from coderm.bank.registering import problem_of, suite_of
from coderm.client.contract import ProblemText, ProgramText, RewardStatus
from coderm.extract import Reason, Rejection, extract_program
from coderm.extract.programs.prelude import runnable
from coderm.extract.programs.script import extract_script
from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases, ScoreSettings, Suite, UnitTests
from coderm.rewards.broken import broken_tests
from coderm.rewards.group import Rollout, rejected

NO_SUITE = UnitTests(())


@dataclass(frozen=True, slots=True)
class Found:
    """A problem and the tests that judge it. version: of a bank's suite, 0: the caller's own. status: why there are none."""

    problem: Problem
    suite: Suite = NO_SUITE
    version: int = 0
    status: RewardStatus | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """An item: what was found, a rollout for each program (no verdict yet), and the places of those that are to run."""

    found: Found
    rollouts: tuple[Rollout, ...]
    to_run: tuple[int, ...]
    broken: frozenset[int]

    @property
    def pairs(self) -> int:
        """Pairs to judge: equal programs are judged once."""
        return len({self.rollouts[place].code for place in self.to_run}) * len(self.found.suite)


def given(text: ProblemText) -> Found:
    """Find in a whole problem its own tests; raises DataError for one that no sandbox can run."""
    problem = problem_of(text)
    if text.own_suite is None:
        return Found(problem)
    return Found(problem, suite_of(text.own_suite, problem))


def read_item(found: Found, programs: Sequence[ProgramText], most_chars: int) -> Asked:
    """Read the programs of an item. It may take milliseconds a program."""
    broken = broken_places(found.suite)
    status, message = found.status, found.message
    if status is None and not len(found.suite):
        status, message = "no_tests", "the problem has no tests; register it with some, or have them written"
    elif status is None and len(broken) == len(found.suite):
        status, message = "broken_tests", "no test of the problem is Python with a test in it; give tests that its reference passes"
    read = [_rollout(program, found, most_chars) for program in programs]
    if status is not None:
        read = [replace(rollout, unjudged=status, message=message) for rollout in read]
    to_run = () if status is not None else tuple(place for place, rollout in enumerate(read) if rollout.code)
    return Asked(found, tuple(read), to_run, broken)


def _rollout(program: ProgramText, found: Found, most_chars: int) -> Rollout:
    text = program.output if program.code is None else program.code
    if text is None or len(text) > most_chars:
        return rejected(Reason.TOO_LARGE, None)
    if program.code is not None:
        return Rollout(code=runnable(text, found.problem)) if text.strip() else rejected(Reason.EMPTY)
    read = extract_script(text) if isinstance(found.suite, Cases) else extract_program(text, found.problem)
    if isinstance(read, Rejection):
        return rejected(read.reason, text)
    return Rollout(code=runnable(read.code, found.problem), output=text)


@lru_cache(maxsize=256)
def broken_places(suite: Suite) -> frozenset[int]:
    """Places of tests that can judge nobody, as their text shows: no Python, or no test in it; a checker that is no Python."""
    if isinstance(suite, Cases):
        checker = suite.comparison.checker if suite.comparison.name == "checker" else ""
        return frozenset(range(len(suite))) if checker and isinstance(parse(checker), BadSyntax) else frozenset()
    return broken_tests(suite, ScoreSettings())
