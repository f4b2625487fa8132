"""Each adapter says what its trainer understands: right, wrong, lost and malformed, on its own shipped fixtures and beyond."""

import asyncio
import functools
import json
import pickle
import threading

import pytest
from judged import ScriptedProcesses, judge, scripted

from coderm.client import RewardLost
from coderm.client.scripted import Fault
from coderm.errors import ConfigError, InputError
from coderm.integrations import verify
from coderm.integrations.__main__ import ADAPTERS, main
from coderm.integrations.openrlhf import response_of, reward_func
from coderm.integrations.rows import problem_of
from coderm.integrations.sandbox_fusion import SandboxBusy, run_code, run_code_router
from coderm.integrations.settings import number_of, reward_of, use_client
from coderm.integrations.skyrl import Episode, play
from coderm.integrations.trl import TrlReward, coderm_reward, coderm_reward_async
from coderm.integrations.verifying import FIXTURES, KINDS, failures
from coderm.integrations.verl import KEYS, compute_score

TESTS = json.dumps(["assert add(1, 2) == 3", "assert add(-1, 1) == 0"])
CUT = " of a long question, whose last characters alone are left:"
UNKNOWN = [
    "[]",
    "[1]",
    "{}",
    "{x",
    '["def"]',
    '{"type": "other"}',
    '{"inputs": ["1"], "outputs": []}',
    '{"fn_name": "f", "inputs": ["1"], "outputs": ["1"]}',
    None,
    "",
    3,
    {"a": 1},
    ["assert 1"],
]
RIGHT, WRONG = "def add(a, b): return a + b", "def add(a, b): return a * b"


@pytest.fixture
def service():
    """The process's client asks a scripted service."""
    found, client = scripted()
    use_client(client)
    yield found
    use_client(None)
    client.close()


@pytest.mark.parametrize(
    "adapter", [coderm_reward, coderm_reward_async, compute_score, reward_func, play], ids=lambda a: a.__name__
)
def test_an_adapter_holds_its_fixtures(service, adapter):
    found = verify(adapter)
    assert {"full", "zero", "null", "malformed", "deterministic"} == {one.kind for one in found}
    assert failures(found) == []


def test_run_code_holds_its_fixtures():
    assert failures(verify(functools.partial(run_code, processes=ScriptedProcesses()), "sandbox_fusion")) == []


def test_fixtures_tell_a_wrong_adapter():
    def always_right(prompts, completions, **columns):
        return [True for _ in completions]

    found = verify(always_right, "trl")
    assert [one.kind for one in found if not one.ok] == ["full", "full", "zero", "null", "malformed", "malformed", "deterministic"]
    assert str(found[0]) == "full           got [true], wanted [1.0]"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_fixtures_are_of_known_kinds(path):
    assert {json.loads(line)["kind"] for line in path.read_text("utf-8").splitlines()} <= set(KINDS)


def test_the_command_runs_an_adapter_s_fixtures(service, capsys):
    for name in ADAPTERS:
        assert main([name]) == 0
    assert capsys.readouterr().out.count("ok") == 25
    assert (main([]), main(["slime"]), main(["trl", "none.jsonl"])) == (2, 2, 2)


# TRL


def trl(client, **options):
    return TrlReward(client, **options)


def test_trl_takes_messages_and_texts_and_keeps_the_order(service):
    said = [{"role": "assistant", "content": ""}, {"role": "tool", "content": RIGHT}]
    parts = [{"role": "assistant", "content": [{"type": "text", "text": RIGHT}]}]
    earlier = [{"role": "assistant", "content": RIGHT}, {"role": "assistant", "content": ""}]
    completions = [RIGHT, said, parts, earlier, WRONG]
    ids = ["a", "a", "b", "b", "a"]
    assert TrlReward()(["p"] * 5, completions, problem_id=ids) == [1.0, 0.0, 1.0, 1.0, 0.0]
    (call,) = service.calls()
    assert [(item.problem, len(item.programs)) for item in call.items] == [("a", 2), ("b", 2), ("a", 1)]


def test_trl_counts_lost_and_cached_and_names_each_status(service):
    metrics, extra = {}, {}
    TrlReward()(["p"] * 2, [RIGHT, RIGHT], problem_id=["a", "no-such"], log_metric=metrics.__setitem__, log_extra=extra.__setitem__)
    assert metrics == {"coderm/lost": 0.5, "coderm/cached": 0.0}
    assert extra == {"coderm_status": ["scored", "unknown_problem"]}


def test_trl_never_raises():
    class Broken:
        def score(self, items, **options):
            raise RuntimeError("broken")

        submit = score

        def close(self): ...

    reward = TrlReward(Broken())
    assert reward(["p"] * 2, [RIGHT] * 2, tests=[TESTS] * 2) == [None, None]
    assert asyncio.run(reward.asynchronous(["p"], [RIGHT], tests=[TESTS])) == [None]
    assert reward(["p"], [RIGHT]) == [None]
    assert reward([], []) == []


def test_trl_s_reward_is_picklable_and_has_a_name():
    copy = pickle.loads(pickle.dumps(TrlReward(reward="all_passed")))
    assert copy.__name__ == "coderm_reward"
    assert pickle.loads(pickle.dumps(coderm_reward_async)) is coderm_reward_async


def test_trl_s_rows_are_checked_before_the_training():
    TrlReward().check([{"tests": TESTS}, {"tests": None, "problem_id": "a"}])
    with pytest.raises(InputError, match=r"row 1, columns 'tests' and 'problem_id': the tests are a dict.*one column of JSON text"):
        TrlReward().check([{"tests": TESTS}, {"tests": {"inputs": []}}])


def test_trl_takes_the_terms_of_the_environment(service, monkeypatch):
    monkeypatch.setenv("CODERM_REWARD", '[{"name": "fraction"}, {"name": "length", "weight": -0.1}]')
    coderm_reward(["p"], [RIGHT], tests=[TESTS])
    assert [term.name for term in service.calls()[0].reward] == ["fraction", "length"]


# verl


def test_verl_s_answers_have_the_same_numeric_keys(service):
    right = asyncio.run(compute_score("set", RIGHT, TESTS))
    lost = asyncio.run(compute_score("set", RIGHT, "no-such", on_lost="0"))
    assert tuple(right) == tuple(lost) == KEYS
    assert {type(value) for value in (*right.values(), *lost.values())} == {float}


def test_verl_s_lost_reward_is_a_typed_error(service):
    with pytest.raises(RewardLost, match=r"set: no reward \(unknown_problem\)"):
        asyncio.run(compute_score("set", RIGHT, "no-such"))


def test_verl_s_samples_of_a_batch_share_requests_under_one_cap(service):
    async def batch():
        return await asyncio.gather(*(compute_score("set", RIGHT, TESTS, max_concurrency=50) for _ in range(100)))

    assert [score["score"] for score in asyncio.run(batch())] == [1.0] * 100
    assert max(len(call.items) for call in service.calls()) <= 50


# OpenRLHF


def test_openrlhf_s_threads_share_requests_and_get_one_number_each(service):
    together, found = threading.Barrier(8), []

    def one():
        together.wait()
        found.append(reward_func(["<s>PROMPT" + RIGHT + "</s>"], ["PROMPT"], [TESTS]))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(
        answer["rewards"] == [1.0] and set(answer["extra_logs"]) == {"passed", "tests", "cached", "lost"} for answer in found
    )


def test_openrlhf_holds_a_call_over_an_outage():
    service, client = scripted(faults=[Fault("connect")] * 20 + [Fault("status", 429)] * 5)
    with client:
        assert reward_func([RIGHT], [""], [TESTS], client)["rewards"] == [1.0]
    assert set(service.scored.values()) == {1}


def test_openrlhf_s_last_resort_is_the_constant_and_is_counted(service, monkeypatch):
    monkeypatch.setenv("CODERM_LOST_REWARD", "0.25")
    answer = reward_func([RIGHT, RIGHT], ["", ""], [TESTS, "no-such"])
    assert answer["rewards"] == answer["scores"] == [1.0, 0.25]
    assert answer["extra_logs"]["lost"] == 0.5


@pytest.mark.parametrize(
    ("query", "prompt", "response"),
    [
        ("<s>Ask: add</s>", "Ask:", " add"),
        ("<|begin_of_text|>Q<|eot_id|>A\n<|eot_id|>\n", "Q<|eot_id|>", "A"),
        (CUT + "x", "Q" * 99 + CUT, "x"),
        ("print('</s>')<｜end▁of▁sentence｜>", "", "print('</s>')"),
        ("unknown", "elsewhere", "unknown"),
    ],
)  # fmt: skip
def test_openrlhf_s_queries_lose_prompt_and_end_token(query, prompt, response):
    assert response_of(query, prompt) == response


# SkyRL


def test_skyrl_s_episode_always_has_a_number(service):
    row = {"reward_spec": {"ground_truth": TESTS}}
    episode = Episode({"reward": "fraction", "lost_reward": -1.0}, row)
    assert (episode.reward(RIGHT), episode.metrics()["coderm_lost"]) == (1.0, 0.0)
    lost = Episode({"lost_reward": -1.0}, {"reward_spec": {"ground_truth": "no-such"}})
    assert (lost.reward(RIGHT), lost.metrics()) == (
        -1.0,
        {"coderm_lost": 1.0, "coderm_passed": 0.0, "coderm_tests": 0.0, "coderm_cached": 0.0},
    )


# SandboxFusion


def test_a_busy_sandbox_holds_the_request_and_then_says_so():
    busy = [SandboxBusy("all slots are taken")]
    body = {"code": "print(1)"}
    assert asyncio.run(run_code(body, ScriptedProcesses(busy * 2)))["status"] == "Success"
    ticks = iter([0.0, 10.0, 24.9])
    with pytest.raises(SandboxBusy):
        asyncio.run(run_code(body, ScriptedProcesses(busy * 9), lambda: next(ticks)))


def test_run_code_over_http_answers_504_for_overload_and_never_429_or_503():
    import httpx
    from fastapi import FastAPI

    class Hopeless:
        async def run(self, run):
            await asyncio.Event().wait()

    async def post(processes, body, hold_s=25.0):
        web = FastAPI()
        web.include_router(run_code_router(processes, hold_s))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://sandbox") as http:
            return await http.post("/run_code", json=body)

    assert (
        asyncio.run(post(ScriptedProcesses(), {"code": "print(1)", "memory_limit_MB": 1})).json()["run_result"]["stdout"] == "1\n"
    )
    assert asyncio.run(post(Hopeless(), {"code": "print(1)", "run_timeout": 0.01}, 0.01)).status_code == 504
    assert asyncio.run(post(ScriptedProcesses(), {"code": 3})).json()["message"].startswith("code: ")


# rows and settings


def test_tests_are_read_in_every_shape():
    cases = [{"input": "1", "output": "2"}]
    shapes = {
        "id": "problem/7",
        "problem": '{"id": "p", "suite": {"type": "unittest", "tests": ["x"]}}',
        "suite": json.dumps({"type": "stdin", "cases": cases, "compare": "exact"}),
        "cases": json.dumps(cases),
        "lists": json.dumps({"inputs": ["1"], "outputs": ["2"], "fn_name": None}),
    }
    read = {name: problem_of(text, "mine") for name, text in shapes.items()}
    assert read.pop("id") == "problem/7"
    assert read.pop("problem").id == "p"
    assert {problem.id for problem in read.values()} == {"mine"}
    assert {problem.suite.cases[0].output for problem in read.values()} == {"2"}
    assert read["suite"].suite.compare == "exact"
    assert problem_of(TESTS) == problem_of(TESTS) != problem_of(json.dumps(["assert add(1, 2) == 3"]))
    assert "class Check(unittest.TestCase)" in problem_of(TESTS).suite.tests[0]


@pytest.mark.parametrize("tests", UNKNOWN, ids=str)
def test_tests_of_no_known_shape_are_refused_with_a_remedy(tests):
    with pytest.raises(InputError, match=r"json.dumps|docs/integrations"):
        problem_of(tests)


def test_settings_are_read_or_refused(monkeypatch):
    assert reward_of("") == "fraction"
    assert reward_of('{"name": "fraction", "weight": 2}')[0].weight == 2.0
    with pytest.raises(ConfigError, match="write a name or"):
        reward_of("[{}]")
    monkeypatch.setenv("CODERM_LOST_REWARD", "nan")
    with pytest.raises(ConfigError, match="give a finite number"):
        number_of("CODERM_LOST_REWARD", 0.0)


def test_the_scripted_judge_knows_right_from_wrong():
    assert (judge("a", RIGHT).reward, judge("a", WRONG).reward) == (1.0, 0.0)


def test_a_lost_reward_says_why_in_a_process_that_set_up_no_logging():
    _, client = scripted(token="another")
    with client:
        with pytest.warns(RuntimeWarning, match="token"):
            assert TrlReward(client)(prompts=["p"], completions=[RIGHT], tests=[TESTS]) == [None]
        with pytest.warns(RuntimeWarning, match="token"):
            reward_func([RIGHT], [""], [TESTS], client)
