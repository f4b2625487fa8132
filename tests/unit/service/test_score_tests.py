"""POST /v1/score_tests: what is read, which programs meet which tests, and what every text gets."""

import asyncio
import json

import httpx
import pytest
from served import TOKEN, served

from coderm.client.asynchronous import AsyncRewardClient
from coderm.client.contract import ProblemText, ProgramText, RewardTerm, WriterItem, WrittenText
from coderm.config.service import ServiceConfig, ServiceSection
from coderm.errors import ClusterError, DataError
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict
from coderm.mutants import make_mutants
from coderm.rewards.factory import make_reward
from coderm.rewards.rescoring import Tally, rescored
from coderm.rewards.rollouts import read_rollouts
from coderm.rewards.written_tests import WriterReward
from coderm.service.judging import make_judge
from coderm.service.scripted import MemoryBank, ScriptedScorer

PROBLEM = {"id": "p", "question": "Return the larger number.", "entry_point": "f"}
RIGHT = "def f(a, b):\n    return a if a > b else b\n"
WRONG = "def f(a, b):\n    return a\n"
MODULE = "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f({0}, {1}), {2})\n"
GOOD, WEAK, FALSE = MODULE.format(1, 2, 2), MODULE.format(2, 1, 2), MODULE.format(1, 2, 1)


def judged(text, request):
    """What a sandbox would say: the tests of this file call one function with two numbers."""
    outcomes = tuple(_outcome(text, test) for test in request.suite.tests)
    return ProgramVerdict(outcomes, (0.1,) * len(outcomes), details=dict.fromkeys(range(len(outcomes)), "told"))


def _outcome(text, test):
    names = {}
    exec(text, names)
    given, wanted = test.split("assertEqual(")[1].rsplit(")", 1)[0].rsplit(", ", 1)
    return Outcome.PASSED if eval(given, names) == eval(wanted) else Outcome.FAILED


def run(scenario, scorer=None, **section):
    bank = MemoryBank()
    judge = make_judge(scorer or ScriptedScorer(judged), bank, ServiceConfig(service=ServiceSection(**section)))

    async def whole():
        async with served(judge, bank, **section) as it:
            return await scenario(it)

    return asyncio.run(whole())


def item(*tests, **more):
    read = [test if isinstance(test, dict) else {"code": test} for test in tests]
    return {"problem": PROBLEM, "tests": read, "reference": RIGHT, **more}


async def ask(it, *items, **more):
    answer = await it.http.post("/v1/score_tests", json={"items": list(items), **more})
    assert answer.status_code == 200, answer.text
    return [(r["item"], r["program"], r["reward"], r["status"]) for r in answer.json()["results"]]


def test_tests_come_as_code_or_output_and_what_cannot_be_read_is_a_named_zero():
    async def scenario(it):
        raw = {"output": f"Sure.\n```python\n{GOOD}```\n"}
        texts = (GOOD, raw, FALSE, {"output": "I do not know."}, "def test(:\n", {"output": "x" * 3000})
        assert await ask(it, item(*texts)) == [
            (0, 0, 1.0, "scored"),
            (0, 1, 1.0, "scored"),
            (0, 2, 0.0, "scored"),
            (0, 3, 0.0, "no_code"),
            (0, 4, 0.0, "no_code"),
            (0, 5, 0.0, "too_large"),
        ]

    run(scenario, max_program_kb=1)


def test_programs_tell_how_well_a_test_parts_right_from_wrong():
    async def scenario(it):
        given = item(GOOD, WEAK, programs=[{"code": RIGHT}, {"code": WRONG}], labels=[True, False])
        assert [row[2] for row in await ask(it, given, reward="discrimination")] == [1.0, 0.0]
        terms = [{"name": "valid"}, {"name": "discrimination", "weight": 0.5}]
        assert [row[2] for row in await ask(it, given, reward=terms)] == [1.5, 1.0]

    run(scenario)


def test_mutants_of_the_reference_are_killed_once_and_the_same_seed_makes_the_same():
    scorer = ScriptedScorer(judged)
    mutants = tuple(mutant.text for mutant in make_mutants(RIGHT, 8))

    async def scenario(it):
        found = await ask(it, item(GOOD, WEAK, GOOD, mutants=8), reward="newly_killed")
        killed = {test: {text for text in mutants if _outcome(text, test) is not Outcome.PASSED} for test in (GOOD, WEAK)}
        wanted = [len(killed[GOOD]), len(killed[WEAK] - killed[GOOD]), 0]
        assert wanted[0]
        assert [row[2] for row in found] == [number / len(mutants) for number in wanted]
        assert scorer.requests[0].programs == (RIGHT, *mutants)

    run(scenario, scorer)


def test_cases_of_one_output_share_its_reward():
    def equal(text, request):
        outcomes = tuple(Outcome.PASSED if case.input == case.expected else Outcome.FAILED for case in request.suite.cases)
        return ProgramVerdict(outcomes, (0.1,) * len(outcomes))

    block = "<case>\n<input>\n{0}\n</input>\n<output>\n{1}\n</output>\n</case>\n"

    async def scenario(it):
        texts = ({"output": block.format(1, 1) + block.format(2, 3)}, {"case": {"input": "5\n", "output": "5\n"}}, {"output": "no"})
        given = item(*texts, kind="stdin", reference="print(input())")
        assert await ask(it, given) == [(0, 0, 0.5, "scored"), (0, 1, 1.0, "scored"), (0, 2, 0.0, "no_code")]

    run(scenario, ScriptedScorer(equal))


def test_a_status_is_that_of_the_reference():
    scorer = ScriptedScorer(lambda text, request: ProgramVerdict((Outcome.TIMEOUT,), (1.0,)))
    assert run(lambda it: ask(it, item(GOOD)), scorer) == [(0, 0, 0.0, "timeout")]


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (ProgramVerdict((Outcome.LOST,), (0.0,), lost="a worker died"), "lost"),
        (ProgramVerdict((Outcome.LOST,), (0.0,), lost="deadline: too late"), "deadline"),
    ],
)
def test_what_is_lost_is_null(verdict, status):
    scorer = ScriptedScorer(lambda text, request: verdict)
    assert run(lambda it: ask(it, item(GOOD, "no test")), scorer) == [(0, 0, None, status), (0, 1, 0.0, "no_code")]


def test_a_scorer_that_dies_gives_nulls():
    class Dying(ScriptedScorer):
        async def score(self, request, deadline_s):
            raise ClusterError("the scoring actor has died")
            yield  # type: ignore[unreachable]  # makes it a generator

    assert run(lambda it: ask(it, item(GOOD)), Dying(judged)) == [(0, 0, None, "lost")]


def test_programs_that_say_nothing_are_null_and_a_test_cannot_rid_itself_of_them():
    canary = ScriptedScorer(lambda text, request: ProgramVerdict((Outcome.PASSED,), (0.1,), tampered=True))
    seen = ScriptedScorer(lambda text, request: ProgramVerdict((Outcome.TAMPERED,), (0.1,)))
    given = item(GOOD, reference="", programs=[{"code": RIGHT}, {"code": WRONG}])
    assert run(lambda it: ask(it, given), canary) == [(0, 0, None, "no_signal")]
    assert run(lambda it: ask(it, given), seen) == [(0, 0, 0.0, "scored")]


def test_an_unknown_problem_is_null():
    assert run(lambda it: ask(it, item(GOOD) | {"problem": "nobody"})) == [(0, 0, None, "unknown_problem")]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"items": [item(GOOD)], "reward": "fraction"}, "bad_reward", "valid, discrimination"),
        ({"items": [item(GOOD)], "reward": "newly_killed"}, "bad_reward", "needs a reference and mutants"),
        ({"items": [item(GOOD)], "reward": "discrimination"}, "bad_reward", "at least two programs"),
        ({"items": [item(GOOD, reference="")]}, "bad_reward", "needs a reference or programs"),
        ({"items": [item(GOOD, reference="def (")]}, "bad_problem", "reference is no Python"),
        ({"items": [item(GOOD, labels=[True])]}, "invalid", "1 labels of 0"),
        ({"items": [item({"case": {"input": "", "output": "1"}})]}, "invalid", "give either code or output"),
        ({"items": [item(GOOD, mutants=1000)]}, "invalid", "mutants"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_remedy(body, code, words):
    async def scenario(it):
        answer = await it.http.post("/v1/score_tests", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert words in answer.json()["error"]

    run(scenario)


def test_tests_and_mutants_count_for_the_bound():
    async def scenario(it):
        answer = await it.http.post("/v1/score_tests", json={"items": [item(GOOD, mutants=9)]})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_many_programs")

    run(scenario, max_programs=10)


def test_a_token_is_needed():
    async def scenario(it):
        async with it.other() as stranger:
            assert (await stranger.post("/v1/score_tests", json={"items": []})).status_code == 401

    run(scenario)


def test_a_stream_ends_with_its_end_and_a_key_is_judged_once():
    scorer = ScriptedScorer(judged)

    async def scenario(it):
        body = {"items": [item(GOOD, WEAK)], "stream": True}
        answers = [await it.http.post("/v1/score_tests", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert json.loads(answers[0].text.splitlines()[-1]) == {"end": True, "results": 2}
        assert answers[0].text == answers[1].text
        assert len(scorer.requests) == 1

    run(scenario, scorer)


LEVELS = {"outcome": ([], {}), "which": (["passed"], {}), "full": (["passed"], {"0": "told"})}


@pytest.mark.parametrize(("level", "shown"), LEVELS.items())
def test_an_answer_tells_no_more_than_the_servers_level(level, shown):
    async def scenario(it):
        answer = await it.http.post("/v1/score_tests", json={"items": [item(GOOD)]})
        found = answer.json()["results"][0]
        assert (found["outcomes"], found["details"]) == shown

    run(scenario, detail=level)


def test_a_client_asks_for_them_and_calls_of_both_kinds_do_not_mix():
    async def scenario(it):
        transport = httpx.ASGITransport(it.app)
        async with AsyncRewardClient("http://service", TOKEN, transport=transport) as client:
            items = [
                WriterItem(
                    problem=ProblemText.model_validate(PROBLEM),
                    tests=(WrittenText(code=test),),
                    reference=RIGHT,
                    programs=(ProgramText(code=WRONG),),
                )
                for test in (GOOD, FALSE)
            ]
            answer = await client.score_tests(items)
            assert [(r.item, r.program, r.reward) for r in answer.results] == [(0, 0, 1.0), (1, 0, 0.0)]
            several = items[0].model_copy(update={"tests": items[0].tests + items[1].tests, "programs": ()})
            answer = await client.score_tests([several])
            assert [(r.program, r.reward) for r in answer.results] == [(0, 1.0), (1, 0.0)]

    run(scenario)


TERMS = [{"name": "valid"}, {"name": "newly_killed", "weight": 2.0}]
OTHERS = {"programs": [{"code": RIGHT}, {"code": WRONG}], "labels": [True, False]}


def test_the_log_of_written_tests_is_rescored_to_the_rewards_that_were_told(tmp_path):
    path = tmp_path / "rollouts.jsonl"
    texts = (GOOD, {"output": "I do not know."}, WEAK, FALSE, GOOD)

    async def scenario(it):
        items = [item(*texts, mutants=9, **OTHERS), item(GOOD, mutants=3), {**item(GOOD, mutants=1), "problem": "nowhere"}]
        answer = await it.http.post("/v1/score_tests", json={"items": items, "reward": TERMS})
        assert await it.service.drain()
        return answer.json()["results"]

    told = run(scenario, rollouts=str(path))
    assert {one["status"] for one in told} >= {"scored", "no_code", "unknown_problem"}
    tally = Tally()
    terms = tuple(RewardTerm.model_validate(term) for term in TERMS)
    lines = list(rescored(read_rollouts(path), WriterReward(terms), None, tally))
    assert [(line.reward, line.status) for line in lines] == [(one["reward"], one["status"]) for one in told]
    assert (tally.programs, tally.changed, tally.others) == (7, 0, 0)
    assert lines[1].output == "I do not know."
    parted = list(rescored(read_rollouts(path), WriterReward((RewardTerm(name="discrimination"),)), None, tally))
    assert [line.reward for line in parted] == [1.0, -1.0, 0.0, -1.0, 1.0, None, None]
    assert [line.status for line in parted[5:]] == ["no_signal", "unknown_problem"]


def test_written_tests_and_programs_of_one_log_do_not_mix(tmp_path):
    path, tally = tmp_path / "rollouts.jsonl", Tally()

    async def scenario(it):
        await ask(it, item(GOOD))
        problem = PROBLEM | {"suite": {"type": "unittest", "tests": [GOOD]}}
        await it.http.post("/v1/score", json={"items": [{"problem": problem, "programs": [{"code": RIGHT}]}]})
        assert await it.service.drain()

    run(scenario, rollouts=str(path))
    stored = path.read_text("utf-8")
    lines = list(rescored(read_rollouts(path), make_reward("fraction"), None, tally))
    assert (len(lines), tally.programs, tally.others) == (2, 1, 1)
    path.write_text(
        stored.replace(json.loads(stored.splitlines()[0])["group"], "g").replace(json.loads(stored.splitlines()[1])["group"], "g")
    )
    with pytest.raises(DataError, match="holds programs and written tests"):
        list(read_rollouts(path))
