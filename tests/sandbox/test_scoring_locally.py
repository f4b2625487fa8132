"""Scoring on one machine without Ray: the real boxes, both kinds of suites, and what hangs up."""

import asyncio
from dataclasses import replace

import pytest
from pairs import IMAGE, LIMITS, TIGHT

from coderm.config.schema import SandboxConfig
from coderm.messages.cases import Case
from coderm.messages.execution import Outcome
from coderm.messages.scoring import Cases, ScoreRequest, ScoreSettings, UnitTests
from coderm.scoring.cache.memory import MemoryCache
from coderm.scoring.local import local_scorer, score_locally

CONFIGS = {"docker": SandboxConfig(type="docker", image=IMAGE), "local": SandboxConfig(type="local")}
TEST = "import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f({0}), {0} + 1)\n"
GOOD, BAD = "def f(x):\n    return x + 1\n", "def f(x):\n    return x + (x < 2)\n"
LOOPS = "def f(x):\n    while True:\n        x += 1\n"
CHEATS = """class Any:
    __hash__ = None
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __bool__(self):
        return True
def f(x):
    return Any()
"""


def unit_tests(*programs, tests=4, **settings):
    texts = tuple(TEST.format(number) for number in range(tests))
    return ScoreRequest("p/0", programs, UnitTests(texts), ScoreSettings(**{"limits": LIMITS, **settings}))


def letters(verdict):
    return "".join(outcome.label[0] for outcome in verdict.outcomes)


def test_a_batch_of_unit_tests(kind):
    verdicts = score_locally(unit_tests(GOOD, BAD, LOOPS, GOOD, limits=TIGHT), CONFIGS[kind], executors=2)
    assert [letters(verdict) for verdict in verdicts] == ["pppp", "ppff", "tttt", "pppp"]
    assert not any(verdict.tampered or verdict.lost for verdict in verdicts)


def test_a_batch_of_cases_stopped_at_the_first_failure(kind):
    double, same, crash = "print(2 * int(input()))", "print(input())", "raise SystemExit(3)"
    suite = Cases(tuple(Case(f"{number}\n", f"{2 * number}\n") for number in range(4)))
    settings = ScoreSettings(limits=LIMITS, stop="first_failure")
    verdicts = score_locally(ScoreRequest("p/0", (double, same, crash), suite, settings), CONFIGS[kind], executors=1)
    assert verdicts[0].outcomes == (Outcome.PASSED,) * 4
    assert verdicts[1].outcomes == (Outcome.PASSED, Outcome.FAILED, Outcome.LEFT_OUT, Outcome.LEFT_OUT)
    assert verdicts[2].outcomes == (Outcome.EXIT_STATUS, *[Outcome.LEFT_OUT] * 3)


@pytest.mark.parametrize("crowd", [1, 5])
def test_who_passes_a_canary_has_tampered_alone_and_among_others(kind, crowd):
    """Shared grading believes an object that equals everything; a crowd meets the canaries in a block of their own."""
    others = [f"{GOOD}# {number}" for number in range(crowd - 1)]
    verdicts = score_locally(unit_tests(CHEATS, *others, grading="shared"), CONFIGS[kind], executors=1)
    assert [verdict.tampered for verdict in verdicts] == [True] + [False] * (crowd - 1)


def test_an_asker_that_goes_away_at_any_moment_leaves_boxes_and_cache_in_order(kind):
    async def work():
        async with local_scorer(CONFIGS[kind], executors=2, cache=MemoryCache(1 << 20)) as scorer:
            for step in range(12):
                asked = unit_tests(f"{GOOD}# {step}", f"{BAD}# {step}", f"{LOOPS}# {step}")
                asked = replace(asked, settings=replace(asked.settings, limits=replace(LIMITS, cpu_s=60.0)))
                asker = asyncio.create_task(scorer.score_all(asked))
                await asyncio.sleep(0.02 * step)
                asker.cancel()
                await asyncio.gather(asker, return_exceptions=True)
                verdicts = await scorer.score_all(unit_tests(f"{GOOD}# {step}", f"{BAD}# {step}"))
                assert [letters(verdict) for verdict in verdicts] == ["pppp", "ppff"]
            assert scorer.carrier.turns.waiting == 0

    asyncio.run(work())
