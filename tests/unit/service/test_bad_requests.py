"""Bad input: a typed error or an explicit null each, and the token before everything else."""

import asyncio
import base64
import gzip
import json
import logging
import re

import httpx
import pytest
from served import TOKEN, Clock, Gate, body, served, until

from coderm.client.contract import ErrorAnswer
from coderm.errors import ConfigError, StorageError
from coderm.service.auth import Token, check_bind, find_token
from coderm.service.ports import Health
from coderm.service.scripted import MemoryBank, ScriptedJudge


def run(scenario):
    return asyncio.run(scenario())


def error_of(answer):
    return answer.status_code, ErrorAnswer.model_validate_json(answer.content).code


ENDPOINTS = [
    ("POST", "/v1/score"),
    ("POST", "/v1/problems"),
    ("GET", "/v1/problems/p"),
    ("DELETE", "/v1/problems/p"),
    ("GET", "/v1/problems/p/tests"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/docs"),
    ("GET", "/docs/swagger-ui.css"),
    ("GET", "/openapi.json"),
    ("GET", "/nowhere"),
]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_nothing_but_health_answers_without_the_right_token(method, path):
    async def scenario():
        async with served() as it:
            for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}):
                async with it.other(**given) as http:
                    answer = await http.request(method, path)
                    assert error_of(answer) == (401, "unauthorised")
                    assert (await http.get("/health")).status_code == 200

    run(scenario)


def test_a_body_is_not_read_before_the_token_was_seen():
    async def scenario():
        async with served() as it:
            read = []

            async def stream():
                read.append(1)
                yield b"{}"

            async with it.other(Authorization="Bearer wrong") as http:
                assert (await http.post("/v1/score", content=stream())).status_code == 401
            assert read == []

    run(scenario)


def test_the_page_and_what_it_loads_come_from_this_service_alone():
    async def scenario():
        async with served() as it:
            page = (await it.http.get("/docs")).text
            assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page) == []
            loaded = re.findall(r"""(?:href|src)="([^"]+)\"""", page) + re.findall("url: '([^']+)'", page)
            assert len(loaded) == 4
            for name in loaded:
                answer = await it.http.get(f"/{name}")
                assert answer.status_code == 200
                assert len(answer.content) > 1000
            assert '"validatorUrl": null' in page
            assert error_of(await it.http.get("/docs/nothing.js")) == (404, "not_found")

    run(scenario)


def test_what_is_wrong_with_the_whole_body_says_so():
    async def scenario():
        async with served() as it:
            for path in ("/v1/score", "/v1/score_tests"):
                assert (await it.http.post(path, json=[])).json()["error"].startswith("the body: Input should be an object")

    run(scenario)


def test_a_person_may_read_the_docs_with_the_token_as_a_password():
    async def scenario():
        async with served() as it:
            password = base64.b64encode(f"me:{TOKEN}".encode()).decode()
            async with it.other(Authorization=f"Basic {password}") as http:
                assert (await http.get("/docs")).status_code == 200
                page = (await http.get("/openapi.json")).json()
                assert "ScoreCall" in page["components"]["schemas"]
                assert (await http.get("/metrics")).status_code == 401
                assert (await http.post("/v1/score", json=body("good"))).status_code == 401

    run(scenario)


def test_the_token_is_never_logged(caplog):
    caplog.set_level(logging.DEBUG)

    async def failing(text):
        raise RuntimeError(TOKEN)

    async def scenario():
        async with served(ScriptedJudge({}, failing)) as it:
            await it.score(body("one"))
            await it.http.post("/v1/score", content=b"{")

    run(scenario)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(Token(TOKEN, given=True))


def test_a_public_address_needs_a_token_that_was_set():
    made, given = find_token({}), find_token({"CODERM_SERVICE_TOKEN": "x" * 16})
    assert len(made.text) >= 32
    for host in ("0.0.0.0", "::", "10.0.0.7", "example.org"):
        with pytest.raises(ConfigError, match="CODERM_SERVICE_TOKEN"):
            check_bind(host, made)
        check_bind(host, given)
    for host in ("127.0.0.1", "localhost", "::1", "127.8.8.8"):
        check_bind(host, made)
    for weak in ("short", "has a space in it yes", "nön-ascii-nön-ascii"):
        with pytest.raises(ConfigError, match="CODERM_SERVICE_TOKEN"):
            find_token({"CODERM_SERVICE_TOKEN": weak})


BODIES = {
    "no json": (b'{"items": [', 400, "bad_json"),
    "empty": (b"", 400, "bad_json"),
    "half a character": (b'{"items": ["\\ud800"]}', 400, "bad_json"),
    "no utf-8": (b'{"items": "\xff"}', 400, "bad_json"),
    "another shape": (b"[]", 422, "invalid"),
    "unknown key": (b'{"items": [], "rewards": "fraction"}', 422, "invalid"),
    "nan": (b'{"items": [], "deadline_s": NaN}', 422, "invalid"),
    "no deadline": (b'{"items": [], "deadline_s": 0}', 422, "invalid"),
    "neither code nor output": (b'{"items": [{"problem": "p", "programs": [{}]}]}', 422, "invalid"),
    "both": (b'{"items": [{"problem": "p", "programs": [{"code": "", "output": ""}]}]}', 422, "invalid"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_does_not_fit_is_refused_with_the_place(name):
    content, status, code = BODIES[name]

    async def scenario():
        async with served() as it:
            answer = await it.http.post("/v1/score", content=content)
            assert error_of(answer) == (status, code)
            assert "secret" not in answer.text

    run(scenario)


def test_a_call_of_nothing_is_answered_with_nothing():
    async def scenario():
        async with served() as it:
            assert (await it.score({"items": []})).json() == {"results": []}
            assert (await it.score({"items": [], "stream": True})).text == '{"end":true,"results":0}\n'

    run(scenario)


@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_large_is_refused_while_it_comes(told):
    async def scenario():
        sent = []

        async def stream():
            for _ in range(100):
                sent.append(1)
                yield b"x" * (1 << 20)

        async with served(max_body_mb=2) as it:
            content = b"x" * (3 << 20) if told else stream()
            assert error_of(await it.http.post("/v1/score", content=content)) == (413, "body_too_large")
            assert len(sent) <= 4

    run(scenario)


def test_a_gzip_bomb_is_refused_and_never_unpacked_whole():
    async def scenario():
        async with served(max_body_mb=1) as it:
            bomb = gzip.compress(b"0" * (200 << 20), 9)
            assert len(bomb) < 1 << 20
            answer = await it.http.post("/v1/score", content=bomb, headers={"Content-Encoding": "gzip"})
            assert error_of(answer) == (413, "body_too_large")

    run(scenario)


@pytest.mark.parametrize("spoil", [lambda data: data[:-5], lambda data: data + b"more", lambda data: b"no gzip at all"])
def test_gzip_that_is_broken_is_refused(spoil):
    async def scenario():
        async with served() as it:
            packed = spoil(gzip.compress(json.dumps(body("good")).encode()))
            answer = await it.http.post("/v1/score", content=packed, headers={"Content-Encoding": "gzip"})
            assert error_of(answer) == (400, "bad_encoding")

    run(scenario)


def test_an_unknown_encoding_is_refused():
    async def scenario():
        async with served() as it:
            answer = await it.http.post("/v1/score", content=b"{}", headers={"Content-Encoding": "br"})
            assert error_of(answer) == (415, "bad_encoding")

    run(scenario)


def test_ten_thousand_programs_in_one_call_are_refused():
    async def scenario():
        async with served() as it:
            assert error_of(await it.score(body(*["good"] * 10_000))) == (413, "too_many_programs")

    run(scenario)


def test_more_pairs_than_ever_fit_are_refused_for_good():
    async def scenario():
        async with served(ScriptedJudge({}, tests=10), queue_pairs=50) as it:
            assert error_of(await it.score(body(*"abcdef"))) == (413, "too_many_pairs")

    run(scenario)


def test_what_does_not_fit_now_is_refused_with_a_small_pause_and_nothing_accepted_is_dropped():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({"a": 1.0, "b": 1.0}, gate, tests=10), queue_pairs=20) as it:
            first = asyncio.ensure_future(it.score(body("a", "b")))
            await until(lambda: gate.waiting == 2, "the first runs")
            refused = await it.score(body("c"))
            assert error_of(refused) == (429, "overloaded")
            assert 1 <= int(refused.headers["retry-after"]) <= 5
            gate.all = True
            assert [r["reward"] for r in (await first).json()["results"]] == [1.0, 1.0]
            assert (await it.score(body("c"))).status_code == 200

    run(scenario)


def test_what_cannot_be_done_before_its_deadline_is_refused_at_once():
    async def scenario():
        gate = Gate()
        judge = ScriptedJudge({}, gate, tests=100)
        judge.health_now = Health(pairs_per_s=10.0)
        async with served(judge) as it:
            first = asyncio.ensure_future(it.score(body("a", deadline_s=3600)))
            await until(lambda: gate.waiting == 1, "the first runs")
            assert error_of(await it.score(body("b", deadline_s=5))) == (429, "overloaded")
            assert judge.begun == ["a"]
            gate.all = True
            await first

    run(scenario)


def test_a_refused_call_may_come_again_under_its_key():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({}, gate, tests=10), queue_pairs=10) as it:
            first = asyncio.ensure_future(it.score(body("a")))
            await until(lambda: gate.waiting == 1, "the first runs")
            assert (await it.score(body("b"), **{"Idempotency-Key": "k"})).status_code == 429
            gate.all = True
            await first
            assert (await it.score(body("b"), **{"Idempotency-Key": "k"})).status_code == 200

    run(scenario)


def test_a_rate_beyond_the_limit_is_refused_until_time_has_passed():
    async def scenario():
        clock = Clock()
        async with served(clock=clock, requests_per_minute=12) as it:
            answers = [await it.score(body("good")) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]
            assert error_of(answers[2]) == (429, "rate")
            assert int(answers[2].headers["retry-after"]) == 5
            clock.now += 5.0
            assert (await it.score(body("good"))).status_code == 200

    run(scenario)


def test_an_idempotency_key_has_a_bound():
    async def scenario():
        async with served() as it:
            assert error_of(await it.score(body("good"), **{"Idempotency-Key": "k" * 300})) == (400, "bad_key")

    run(scenario)


def test_paths_and_methods_that_do_not_exist_have_typed_answers():
    async def scenario():
        async with served() as it:
            assert error_of(await it.http.get("/nowhere")) == (404, "not_found")
            assert error_of(await it.http.get("/v1/score")) == (405, "bad_method")

    run(scenario)


def test_a_full_disk_under_the_bank_is_told_and_not_hidden():
    class FullBank(MemoryBank):
        async def register(self, problem):
            raise StorageError("bank: no space left on device; free some, or give another bank.directory")

    async def scenario():
        async with served(bank=FullBank()) as it:
            answer = await it.http.post("/v1/problems", json={"id": "p"})
            assert error_of(answer) == (507, "storage")
            assert "no space left" in answer.json()["error"]

    run(scenario)


def test_an_error_nobody_thought_of_tells_nothing_of_itself():
    class BrokenBank(MemoryBank):
        async def describe(self, problem_id):
            raise RuntimeError("a secret")

    async def scenario():
        async with served(bank=BrokenBank()) as it:
            transport = httpx.ASGITransport(it.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=it.http.headers) as http:
                answer = await http.get("/v1/problems/p")
            assert error_of(answer) == (500, "internal")
            assert "a secret" not in answer.text

    run(scenario)


def test_a_judge_that_is_away_makes_the_service_not_ready():
    async def scenario():
        judge = ScriptedJudge({"good": 1.0})
        judge.health_now = Health("no executor serves")
        async with served(judge, wait=False) as it:
            for answer in (await it.http.get("/ready"), await it.score(body("good"))):
                assert error_of(answer) == (503, "not_ready")
                assert "retry-after" in answer.headers

    run(scenario)
