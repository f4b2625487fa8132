"""Groups as the tests of rewards write them: a letter for each outcome."""

from hypothesis import strategies as st

from coderm.extract.rejection import Reason
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict
from coderm.rewards.group import Group, Rollout, rejected

LETTERS = {
    "?": Outcome.LOST,
    "+": Outcome.PASSED,
    "-": Outcome.FAILED,
    "e": Outcome.ERROR,
    "t": Outcome.TIMEOUT,
    "m": Outcome.MEMORY,
    "o": Outcome.OUTPUT_LIMIT,
    "s": Outcome.SKIPPED,
    "n": Outcome.NO_TESTS,
    "!": Outcome.TAMPERED,
    ".": Outcome.LEFT_OUT,
    "u": Outcome.UNSERVED,
    "x": Outcome.EXIT_STATUS,
}


def a_verdict(row, **more):
    """Row of letters, one per test; each pair takes 10 ms."""
    return ProgramVerdict(tuple(LETTERS[letter] for letter in row), (0.01,) * len(row), **more)


def a_rollout(row, **more):
    """A judged rollout; `no code` is one without a program, a status such as `deadline` one that was never judged."""
    if row == "no code":
        return rejected(Reason.NO_CODE, **more)
    if len(row) > 0 and set(row) <= set(LETTERS):
        return Rollout(a_verdict(row), **more)
    return Rollout(unjudged=row, **more)


def a_group(*rows, broken=(), **more):
    rollouts = tuple(row if isinstance(row, Rollout) else a_rollout(row) for row in rows)
    tests = next((len(rollout.verdict.outcomes) for rollout in rollouts if rollout.verdict is not None), more.pop("tests", 0))
    return Group("p/0", rollouts, tests, frozenset(broken), **more)


@st.composite
def groups(draw):
    """Any group: random outcomes, tampering, samples without code or verdict, broken tests, examples, outputs."""
    tests, examples = draw(st.integers(0, 5)), draw(st.integers(0, 2))
    rollouts = tuple(draw(st.lists(_rollouts(tests, examples), max_size=7)))
    broken = draw(st.frozensets(st.integers(0, max(tests - 1, 0)), max_size=2))
    return Group("p/0", rollouts, tests, broken, examples)


@st.composite
def _rollouts(draw, tests, examples):
    output = draw(st.sampled_from([None, "", "prose", "```python\nx = 1\n```", "a\n```\nx\n```\nb\n```\ny\n```\n" * 3]))
    code = draw(st.sampled_from(["", "x = 1\n", "x = 1\n" * 900]))
    if draw(st.integers(0, 3)) == 0:
        status = draw(st.sampled_from(["no_code", "too_large", "lost", "deadline", "unknown_problem", "engine_down"]))
        return Rollout(unjudged=status, output=output, code=code)
    return Rollout(draw(_verdicts(tests)), output=output, code=code, examples=draw(st.none() | _verdicts(examples)))


@st.composite
def _verdicts(draw, tests):
    pool = st.sampled_from(list(Outcome)) if draw(st.booleans()) else st.sampled_from([Outcome.PASSED, Outcome.FAILED])
    outcomes = tuple(draw(st.lists(pool, min_size=tests, max_size=tests)))
    seconds = tuple(draw(st.lists(st.floats(0, 100), min_size=tests, max_size=tests)))
    return ProgramVerdict(outcomes, seconds, tampered=draw(st.integers(0, 9)) == 0)
