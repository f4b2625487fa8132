"""From a call to rewards, through a scripted scorer: what is read, what is run, and what every program gets."""

import asyncio
import json
import random

import pytest
from served import served

from coderm.client.contract import RewardTerm
from coderm.config.service import ServiceConfig, ServiceSection
from coderm.errors import ClusterError
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict, UnitTests
from coderm.rewards.factory import TERMS, make_reward
from coderm.rewards.group import Group, Rollout
from coderm.rewards.reward import reward_group
from coderm.service.judging import ALONE, make_judge
from coderm.service.scripted import MemoryBank, ScriptedScorer

TEST = "import unittest\nclass T(unittest.TestCase):\n    def test_{0}(self):\n        self.assertEqual(f({0}), {0})\n"
RIGHT = "def f(x):\n    return x\n"
WRONG = "def f(x):\n    return 0\n"
PROBLEM = {"id": "p/0", "question": "Return x.", "entry_point": "f"}
SUITE = {"type": "unittest", "tests": [TEST.format(0), TEST.format(1)]}


def verdict(text, request):
    both = (Outcome.PASSED, Outcome.PASSED if text.startswith(RIGHT) else Outcome.FAILED)
    return ProgramVerdict(both, (0.1, 0.1))


def run(scenario, scorer=None, bank=None, **section):
    scorer, bank = scorer or ScriptedScorer(verdict), bank or MemoryBank()
    config = ServiceConfig(service=ServiceSection(**section))

    async def whole():
        async with served(make_judge(scorer, bank, config), bank) as it:
            await it.http.post("/v1/problems", json=PROBLEM | {"suite": SUITE})
            return await scenario(it)

    return asyncio.run(whole())


def results(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def told(answer):
    return [(r["reward"], r["status"], r["caused_by"]) for r in results(answer)]


def item(*programs, problem="p/0"):
    return {"problem": problem, "programs": [p if isinstance(p, dict) else {"code": p} for p in programs]}


def test_programs_come_as_code_or_as_raw_output_and_problems_by_id_or_whole():
    async def scenario(it):
        raw = {"output": f"Here it is:\n```python\n{RIGHT}```\nDone."}
        whole = PROBLEM | {"id": "q", "suite": SUITE}
        answer = await it.score({"items": [item(RIGHT, WRONG, raw), item(WRONG, problem=whole)]})
        assert [r["reward"] for r in results(answer)] == [1.0, 0.5, 1.0, 0.5]
        assert [(r["passed"], r["tests"]) for r in results(answer)] == [(2, 2), (1, 2), (2, 2), (1, 2)]

    run(scenario)


def test_scripts_are_read_from_output_where_the_cases_are_input_and_output():
    scorer = ScriptedScorer(lambda text, request: ProgramVerdict((Outcome.PASSED,), (0.1,)))

    async def scenario(it):
        suite = {"type": "stdin", "cases": [{"input": "1\n", "output": "1\n"}]}
        raw = {"output": "```python\nprint(input())\n```"}
        answer = await it.score({"items": [item(raw, problem={"id": "s", "suite": suite})]})
        assert told(answer) == [(1.0, "scored", "program")]
        assert scorer.requests[0].programs == ("print(input())\n",) or "print(input())" in scorer.requests[0].programs[0]

    run(scenario, scorer)


def test_what_the_model_wrote_and_nobody_can_run_is_a_reward_with_a_name():
    async def scenario(it):
        large = {"code": "#" * 2000}
        answer = await it.score({"items": [item({"output": "I do not know."}, "", large, {"output": "x" * 3000}, RIGHT)]})
        assert told(answer) == [
            (0.0, "no_code", "program"),
            (0.0, "no_code", "program"),
            (0.0, "too_large", "program"),
            (0.0, "too_large", "program"),
            (1.0, "scored", "program"),
        ]

    run(scenario, max_program_kb=1)


def test_a_program_of_ten_megabytes_is_too_large_and_its_neighbour_is_judged():
    async def scenario(it):
        answer = await it.score({"items": [item("x = 1\n" + "#" * (10 << 20), RIGHT)]})
        assert told(answer) == [(0.0, "too_large", "program"), (1.0, "scored", "program")]

    run(scenario)


NOBODY = {
    "unknown": ("nobody knows it", "unknown_problem"),
    "without tests": ({"id": "bare"}, "no_tests"),
    "no test": ({"id": "none", "suite": {"type": "unittest", "tests": []}}, "no_tests"),
    "every test broken": (
        {"id": "b", "suite": {"type": "unittest", "tests": ["def test(:\n", "import unittest\n"]}},
        "broken_tests",
    ),
    "broken checker": (
        {"id": "c", "suite": {"type": "stdin", "cases": [{"input": "", "output": ""}], "compare": "checker", "checker": "def ("}},
        "broken_tests",
    ),
}


@pytest.mark.parametrize("name", NOBODY)
def test_a_problem_that_can_judge_nobody_is_null_and_runs_nothing(name):
    scorer = ScriptedScorer(verdict)
    problem, status = NOBODY[name]

    async def scenario(it):
        answer = await it.score({"items": [item(RIGHT, WRONG, problem=problem), item(RIGHT)]})
        assert told(answer) == [(None, status, "problem")] * 2 + [(1.0, "scored", "program")]
        assert results(answer)[0]["message"]
        assert len(scorer.requests) == 1

    run(scenario, scorer)


def test_a_scorer_that_dies_gives_nulls_with_its_reason():
    class Dying(ScriptedScorer):
        async def score(self, request, deadline_s):
            yield 0, verdict(request.programs[0], request)
            raise ClusterError("the scoring actor has died")

    async def scenario(it):
        answer = await it.score({"items": [item(RIGHT, WRONG)]})
        assert told(answer) == [(1.0, "scored", "program"), (None, "lost", "service")]
        assert "has died" in results(answer)[1]["message"]

    run(scenario, Dying(verdict))


def test_an_engine_that_is_down_is_null_and_named():
    class Waiting(MemoryBank):
        async def suite_of(self, problem_id):
            return None

        async def describe(self, problem_id):
            known = await super().describe(problem_id)
            return known and known.model_copy(update={"state": "waiting", "message": "the engine is down; tried again in 5 s"})

    async def scenario(it):
        answer = await it.score({"items": [item(RIGHT)]})
        assert told(answer) == [(None, "engine_down", "service")]
        assert "engine is down" in results(answer)[0]["message"]

    run(scenario, bank=Waiting())


def test_tests_that_are_being_written_are_waited_for_until_the_deadline():
    class Writing(MemoryBank):
        async def suite_of(self, problem_id):
            return None

        async def describe(self, problem_id):
            known = await super().describe(problem_id)
            return known and known.model_copy(update={"state": "writing", "message": ""})

    async def scenario(it):
        answer = await it.score({"items": [item(RIGHT)], "deadline_s": 0.05})
        assert told(answer) == [(None, "deadline", "service")]

    run(scenario, bank=Writing())


@pytest.mark.parametrize(
    ("level", "shown"), [("outcome", ([], {})), ("which", (["failed"], {})), ("full", (["failed"], {"0": "expected 1, got 0"}))]
)
def test_an_answer_tells_no_more_than_the_servers_level(level, shown):
    scorer = ScriptedScorer(lambda text, request: ProgramVerdict((Outcome.FAILED,), (0.1,), details={0: "expected 1, got 0"}))

    async def scenario(it):
        problem = PROBLEM | {"id": "one", "suite": {"type": "unittest", "tests": [TEST.format(0)]}}
        found = results(await it.score({"items": [item(WRONG, problem=problem)]}))[0]
        assert (found["outcomes"], found["details"]) == shown
        assert scorer.requests[0].settings.details == (level == "full")

    run(scenario, scorer, detail=level)


def test_a_reward_that_does_not_exist_is_refused():
    async def scenario(it):
        for reward, stop in (("nonsense", "never"), ("fraction", "first_failure")):
            answer = await it.score({"items": [item(RIGHT)], "reward": reward, "stop": stop})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_reward")

    run(scenario)


def test_a_term_that_compares_waits_for_the_group_and_others_do_not():
    order = []

    async def scenario(it):
        for reward in ("fraction", "consensus"):
            async with it.http.stream(
                "POST", "/v1/score", json={"items": [item(RIGHT, WRONG, RIGHT)], "reward": reward, "stream": True}
            ) as answer:
                order.append([json.loads(line).get("reward") async for line in answer.aiter_lines()])
        assert order[0] == [1.0, 0.5, 1.0, None]
        assert sorted(order[1][:3]) == [0.5, 1.0, 1.0]

    run(scenario)


@pytest.mark.parametrize("name", sorted(ALONE))
def test_terms_that_look_at_one_rollout_give_the_same_alone_as_in_a_group(name):
    draw = random.Random(name)
    reward = make_reward((RewardTerm(name=name),))

    def rollout():
        outcomes = tuple(draw.choice([Outcome.PASSED, Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST]) for _ in range(4))
        judged = ProgramVerdict(outcomes, tuple(draw.random() for _ in outcomes))
        return Rollout(judged, code="x" * draw.randrange(99), output="y" * draw.randrange(9999))

    for _ in range(50):
        rollouts = tuple(rollout() for _ in range(4))
        together = reward_group(reward, Group("p", rollouts, 4))
        alone = tuple(reward_group(reward, Group("p", (one,), 4))[0] for one in rollouts)
        assert together == alone


def test_every_term_is_known_to_be_one_or_the_other():
    assert ALONE | {"consensus", "weighted", "group_normalised"} == set(TERMS)


def test_judged_groups_are_written_and_counted(tmp_path):
    bank = MemoryBank()

    async def scenario(it):
        await it.score({"items": [item(RIGHT, WRONG)]})
        assert await it.service.drain()

    run(scenario, bank=bank, rollouts=str(tmp_path / "deep" / "rollouts.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "deep" / "rollouts.jsonl").read_text().splitlines()]
    assert [(line["problem"], line["reward"]) for line in lines] == [("p/0", 1.0), ("p/0", 0.5)]
    assert bank.seen[0].outcomes.tolist() == [[1, 1], [1, 2]]
    assert bank.seen[0].programs == (RIGHT, WRONG)


def test_a_log_that_cannot_be_written_costs_no_reward(tmp_path):
    (tmp_path / "file").write_text("")

    async def scenario(it):
        assert told(await it.score({"items": [item(RIGHT)]})) == [(1.0, "scored", "program")]

    run(scenario, rollouts=str(tmp_path / "file" / "rollouts.jsonl"))


def test_limits_and_canaries_are_those_of_config_and_problem():
    scorer = ScriptedScorer(verdict)

    async def scenario(it):
        await it.score({"items": [item(RIGHT), item(RIGHT, problem=PROBLEM | {"suite": SUITE, "cpu_s": 7.5})]})
        settings = {request.settings.limits.cpu_s for request in scorer.requests}
        assert settings == {1.0, 7.5}
        assert {request.settings.canaries for request in scorer.requests} == {2}

    run(scenario, scorer)


def test_visible_examples_are_run_only_for_a_reward_that_asks_for_them():
    def judged(text, request):
        return ProgramVerdict((Outcome.PASSED,) * len(request.suite), (0.1,) * len(request.suite))

    scorer = ScriptedScorer(judged)

    async def scenario(it):
        problem = PROBLEM | {"suite": SUITE, "examples": [TEST.format(3)]}
        for reward in ("fraction", "examples"):
            assert told(await it.score({"items": [item(RIGHT, problem=problem)], "reward": reward})) == [(1.0, "scored", "program")]
        assert [request.suite == UnitTests((TEST.format(3),)) for request in scorer.requests] == [False, True, False]

    run(scenario, scorer)


def test_problems_are_registered_shown_and_forgotten():
    async def scenario(it):
        shown = await it.http.get("/v1/problems/p/0")
        assert shown.json()["tests"] == 2
        assert (await it.http.get("/v1/problems/p/0/tests")).json()["type"] == "unittest"
        assert (await it.http.delete("/v1/problems/p/0")).status_code == 204
        for method, path in (("GET", "/v1/problems/p/0"), ("GET", "/v1/problems/p/0/tests"), ("DELETE", "/v1/problems/p/0")):
            answer = await it.http.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_problem")
        several = await it.http.post("/v1/problems", json=[PROBLEM | {"id": str(n), "suite": SUITE} for n in range(3)])
        assert [known["id"] for known in several.json()] == ["0", "1", "2"]

    run(scenario)


def test_a_problem_whose_test_no_sandbox_can_run_is_refused_by_name():
    async def scenario(it):
        suite = {"type": "unittest", "tests": ["import pytest\n\ndef test_it(monkeypatch):\n    monkeypatch.setenv('a', 'b')\n"]}
        for answer in (
            await it.http.post("/v1/problems", json=PROBLEM | {"suite": suite}),
            await it.score({"items": [item(RIGHT, problem=PROBLEM | {"suite": suite})]}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_problem")
            assert "monkeypatch" in answer.json()["error"]

    run(scenario)
