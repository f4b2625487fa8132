"""Calls end with a reward or an explicit null for each program, in order and in time, whatever befalls the service."""

import asyncio
import pickle
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest

from coderm.client import AsyncRewardClient, ClientSettings, RewardClient, RewardLost, programs_of, score_item
from coderm.client.contract import ProblemText, RewardTerm, UnitTestSuite
from coderm.client.scripted import Fault, ScriptedService
from coderm.errors import ConfigError, InputError

QUICK = ClientSettings(base_url="http://service", first_pause_s=0.001, longest_pause_s=0.002)


def length(problem: str, text: str) -> float:
    """A reward that tells programs apart."""
    return float(len(text))


def ask(service, *items, settings=QUICK, **options):
    with RewardClient(settings=settings, transport=service) as client:
        return client.score(items, **options)


def rewards(answer):
    return [result.reward for result in answer.results]


def test_rewards_come_in_the_order_of_items_and_programs():
    answer = ask(ScriptedService(length), score_item("a", ["x", "xxx"]), score_item("b", []), score_item("c", ["xx"], raw=False))
    assert [(r.item, r.program, r.reward) for r in answer.results] == [(0, 0, 1.0), (0, 1, 3.0), (2, 0, 2.0)]
    assert [r.reward for r in programs_of(answer, 2)] == [2.0]


FAULTS = [
    Fault("connect"),
    Fault("status", 429, retry_after_s=0.001),
    Fault("status", 503),
    Fault("status", 500),
    Fault("status", 504),
    Fault("cut", lines=0),
    Fault("cut", lines=1),
    Fault("break"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}{fault.status}-{fault.lines}")
def test_a_failed_try_is_repeated_under_its_key_and_nothing_is_scored_twice(fault):
    service = ScriptedService(length, faults=[fault, fault])
    assert rewards(ask(service, score_item("a", ["x", "xx"]))) == [1.0, 2.0]
    assert set(service.scored.values()) == {1}
    assert len({request.headers["Idempotency-Key"] for request in service.requests}) == 1
    assert len({request.content for request in service.requests}) == 1 < len(service.requests) == 3


def test_a_stream_cut_behind_its_last_reward_is_not_asked_for_again():
    service = ScriptedService(length, faults=[Fault("cut", lines=2)])
    assert rewards(ask(service, score_item("a", ["x", "xx"]))) == [1.0, 2.0]
    assert len(service.requests) == 1


def test_each_call_has_a_key_of_its_own():
    service = ScriptedService(length)
    with RewardClient(settings=QUICK, transport=service) as client:
        client.score([score_item("a", ["x"])])
        client.score([score_item("a", ["x"])])
    assert len({request.headers["Idempotency-Key"] for request in service.requests}) == 2


def test_concurrent_calls_of_threads_share_requests():
    service = ScriptedService(length)
    together = threading.Barrier(20)

    def call(place):
        together.wait()
        return rewards(client.score([score_item("a", ["x" * place])]))

    with RewardClient(settings=ClientSettings("http://service", window_s=0.2), transport=service) as client:
        with ThreadPoolExecutor(20) as pool:
            assert list(pool.map(call, range(20))) == [[float(place)] for place in range(20)]
    assert len(service.requests) < 20


def test_calls_of_other_terms_do_not_share():
    service = ScriptedService(length)

    async def both():
        async with AsyncRewardClient(settings=QUICK, transport=service) as client:
            item = [score_item("a", ["x"])]
            terms = [RewardTerm(name="fraction", options={"per": ["test"]})]
            await asyncio.gather(client.score(item), client.score(item, reward=terms), client.score(item, stop="first_failure"))

    asyncio.run(both())
    assert sorted(str(call.reward) for call in service.calls())[2] == "fraction"
    assert len(service.calls()) == 3


def test_a_large_call_is_divided_between_its_items():
    service = ScriptedService(length)
    settings = ClientSettings("http://service", batch_programs=10)
    answer = ask(service, *(score_item("a", ["x" * n] * 4) for n in range(25)), settings=settings)
    assert rewards(answer) == [float(n) for n in range(25) for _ in range(4)]
    assert [len(call.items) for call in service.calls()] == [2] * 12 + [1]


def test_a_refused_item_does_not_spoil_the_others_of_its_request():
    def table(problem, text):
        return length(problem, text)

    class Strict(ScriptedService):
        async def _score(self, request, body):
            if b"poison" in body and request.headers.get("Content-Encoding") is None:
                self._faults.append(Fault("status", 422, code="bad_request"))
            return await super()._score(request, body)

    settings = ClientSettings("http://service", first_pause_s=0.001, compress_bytes=10**9)
    service = Strict(table)
    answer = ask(service, *(score_item("a", [text]) for text in ["x", "poison", "xxx", "xxxx"]), settings=settings)
    assert rewards(answer) == [1.0, None, 3.0, 4.0]
    assert "422" in answer.results[1].message


def test_what_has_no_answer_by_the_deadline_is_null_and_says_why():
    service = ScriptedService(length, faults=[Fault("hang")])
    (result,) = ask(service, score_item("a", ["x"]), deadline_s=0.1).results
    assert (result.reward, result.status, result.caused_by) == (None, "deadline", "service")
    assert "raise deadline_s" in result.message


def test_rewards_that_came_before_a_cut_are_kept_when_time_is_up():
    service = ScriptedService(length, faults=[Fault("cut", lines=1), Fault("hang")])
    answer = ask(service, score_item("a", ["x", "xx"]), deadline_s=0.3)
    assert rewards(answer) == [1.0, None]


def test_a_service_that_asks_to_wait_past_the_deadline_is_not_waited_for():
    service = ScriptedService(length, faults=[Fault("status", 429, retry_after_s=3600)] * 3)
    (result,) = ask(service, score_item("a", ["x"])).results
    assert (result.reward, result.status, len(service.requests)) == (None, "overloaded", 1)


def test_no_service_is_null_within_the_deadline():
    service = ScriptedService(length, faults=[Fault("connect")] * 10_000)
    (result,) = ask(service, score_item("a", ["x"]), deadline_s=0.05).results
    assert (result.reward, result.status) == (None, "lost")
    assert "ConnectError" in result.message


def test_a_wrong_token_is_null_with_the_remedy_and_not_tried_again():
    service = ScriptedService(length, token="right")
    (result,) = ask(service, score_item("a", ["x"])).results
    assert result.reward is None
    assert "CODERM_SERVICE_TOKEN" in result.message
    assert len(service.requests) == 1


def test_the_token_is_sent_and_never_shown(monkeypatch):
    monkeypatch.setenv("CODERM_SERVICE_TOKEN", "from-environment")
    assert rewards(ask(ScriptedService(length, token="from-environment"), score_item("a", ["x"]))) == [1.0]
    given = ClientSettings("http://service", token="secret-token")
    assert rewards(ask(ScriptedService(length, token="secret-token"), score_item("a", ["x"]), settings=given)) == [1.0]
    assert "secret-token" not in repr(given)


def test_nulls_that_may_pass_are_asked_for_once_more_under_a_new_key():
    seen = []

    def table(problem, text):
        seen.append(text)
        return None if seen.count("x") == 1 and text == "x" else length(problem, text)

    service = ScriptedService(table)
    assert rewards(ask(service, score_item("a", ["x", "xx"]), score_item("b", ["xxx"]))) == [1.0, 2.0, 3.0]
    assert seen.count("xxx") == 1
    assert len({request.headers["Idempotency-Key"] for request in service.requests}) == 2


def test_nulls_that_do_not_pass_stay_null():
    service = ScriptedService(lambda problem, text: None)
    (result,) = ask(service, score_item("a", ["x"])).results
    assert (result.reward, result.status, result.message) == (None, "lost", "scripted")
    assert len(service.requests) == 2


def test_a_null_that_cannot_pass_is_asked_for_once():
    service = ScriptedService({})
    assert [r.status for r in ask(service, score_item("a", ["x"])).results] == ["unknown_problem"]
    assert len(service.requests) == 1


def test_lost_rewards_raise_only_where_asked():
    service = ScriptedService({})
    with RewardClient(raise_on_lost=True, settings=QUICK, transport=service) as client:
        with pytest.raises(RewardLost, match="1 of 1 programs have no reward; the first: unknown_problem"):
            client.score([score_item("a", ["x"])])


def test_a_caller_that_gives_up_ends_its_request():
    reached, ended = threading.Event(), threading.Event()

    class Slow(ScriptedService):
        async def _score(self, request, body):
            reached.set()
            try:
                return await asyncio.Event().wait()
            finally:
                ended.set()

    with RewardClient(settings=QUICK, transport=Slow(length)) as client:
        future: Future = client.submit([score_item("a", ["x"])])
        assert reached.wait(60)
        future.cancel()
        assert ended.wait(60)


def test_a_closed_client_gives_its_calls_up():
    client = RewardClient(settings=QUICK, transport=ScriptedService(length, faults=[Fault("hang")]))
    future = client.submit([score_item("a", ["x"])])
    client.close()
    client.close()
    assert future.cancelled() or future.result().results[0].reward is None


def test_a_client_is_used_again_after_close_and_after_pickling():
    client = RewardClient("http://service")
    client.close()
    copy = pickle.loads(pickle.dumps(client))
    copy.close()
    service = ScriptedService(length)
    client = RewardClient(settings=QUICK, transport=service)
    for _ in range(2):
        assert rewards(client.score([score_item("a", ["x"])])) == [1.0]
        client.close()


def test_large_bodies_travel_as_gzip():
    service = ScriptedService(length)
    assert rewards(ask(service, score_item("a", ["x" * 5000]))) == [5000.0]
    assert service.requests[0].headers["Content-Encoding"] == "gzip"
    assert len(service.requests[0].content) < 500


def test_problems_are_registered_and_the_service_is_checked():
    service = ScriptedService(length, token="right")
    problem = ProblemText(id="a", suite=UnitTestSuite(tests=("assert f() == 1",)))
    with RewardClient("http://service", "right", transport=service) as client:
        client.check()
        assert [(answer.id, answer.state) for answer in client.register([problem])] == [("a", "ready")]
    with RewardClient("http://service", "wrong", transport=service) as client:
        with pytest.raises(InputError, match="CODERM_SERVICE_TOKEN"):
            client.check()


@pytest.mark.parametrize("wrong", [{"base_url": "service:8000"}, {"deadline_s": 0}, {"batch_programs": -1}])
def test_settings_that_cannot_work_are_refused_with_the_remedy(wrong):
    with pytest.raises(ConfigError, match="of the reward client: give"):
        ClientSettings(**wrong)


def test_the_page_has_every_setting_with_its_default():
    page = (Path(__file__).resolve().parents[3] / "docs" / "client.md").read_text("utf-8").partition("## Settings")[2]
    told: dict = {}
    for names, defaults in re.findall(r"^\| (`.+?`) \| (.+?) \|", page, re.M):
        values = defaults.replace(",000", "000").split(", ")
        told |= dict(zip(re.findall(r"`(\w+)`", names), values, strict=True))
    known = {field.name: str(field.default).lower() for field in fields(ClientSettings)}
    assert told.keys() == known.keys() - {"base_url", "token"}
    assert [name for name, text in told.items() if text != known[name] and float(text) != float(known[name])] == []
