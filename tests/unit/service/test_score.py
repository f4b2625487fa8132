"""POST /v1/score: whole and streamed answers, one judging per key, and work that ends with its client."""

import asyncio
import gzip
import json

from served import Gate, Hanging, body, served, until

from coderm.service.scripted import ScriptedJudge


def run(scenario):
    return asyncio.run(scenario())


def test_every_program_is_answered_in_order():
    async def scenario():
        async with served() as it:
            answer = await it.score(body("good", "bad", "good"))
            assert answer.status_code == 200
            assert [(r["item"], r["program"], r["reward"]) for r in answer.json()["results"]] == [(0, 0, 1), (0, 1, 0), (0, 2, 1)]

    run(scenario)


def test_a_stream_gives_each_program_the_moment_it_is_judged():
    async def scenario():
        gate = Gate({"quick"})
        async with served(ScriptedJudge({"quick": 1.0}, gate)) as it:
            client = Hanging(it.app, body("slow", "quick", stream=True))
            await until(lambda: len(client.sent) == 2, "the first line")
            assert json.loads(client.sent[1]["body"])["program"] == 1
            gate.all = True
            await client.task
            lines = b"".join(message.get("body", b"") for message in client.sent).splitlines()
            assert json.loads(lines[1])["program"] == 0
            assert json.loads(lines[2]) == {"end": True, "results": 2}

    run(scenario)


def test_gzip_goes_both_ways():
    async def scenario():
        async with served() as it:
            packed = gzip.compress(json.dumps(body(*["good"] * 100)).encode())
            for more in ({}, {"Accept": "application/x-ndjson"}):
                answer = await it.http.post("/v1/score", content=packed, headers={"Content-Encoding": "gzip", **more})
                assert answer.headers["content-encoding"] == "gzip"
                assert answer.text.count('"reward":1.0') == 100

    run(scenario)


def test_the_same_key_and_content_is_judged_once_even_while_it_runs():
    async def scenario():
        gate = Gate()
        judge = ScriptedJudge({"good": 1.0}, gate)
        async with served(judge) as it:
            key = {"Idempotency-Key": "k"}
            first = asyncio.ensure_future(it.score(body("good"), **key))
            await until(lambda: gate.waiting == 1, "the first runs")
            second = asyncio.ensure_future(it.score(body("good"), **key))
            await asyncio.sleep(0.01)
            gate.all = True
            third_after = [(await answer).json() for answer in (first, second)]
            third_after.append((await it.score(body("good"), **key)).json())
            assert third_after[0] == third_after[1] == third_after[2]
            assert judge.judged == ["good"]

    run(scenario)


def test_the_same_key_with_other_content_is_a_conflict():
    async def scenario():
        async with served() as it:
            await it.score(body("good"), **{"Idempotency-Key": "k"})
            answer = await it.score(body("bad"), **{"Idempotency-Key": "k"})
            assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")

    run(scenario)


def test_kept_answers_are_bounded_by_count_and_age():
    async def scenario():
        judge = ScriptedJudge({})
        async with served(judge, keep_answers=2) as it:
            for key in ("a", "b", "c", "a"):
                await it.score(body(key), **{"Idempotency-Key": key})
            assert judge.judged == ["a", "b", "c", "a"]

    run(scenario)


def test_a_client_that_hangs_up_has_its_work_cancelled():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({}, gate)) as it:
            client = Hanging(it.app, body("one", "two"))
            await until(lambda: gate.waiting == 2, "both run")
            client.hang_up()
            await until(lambda: gate.waiting == 0, "none runs")
            await client.task
            assert gate.cancelled == 2
            assert client.sent == []

    run(scenario)


def test_a_stream_whose_reader_hangs_up_has_its_work_cancelled():
    async def scenario():
        gate = Gate({"one"})
        async with served(ScriptedJudge({}, gate)) as it:
            client = Hanging(it.app, body("one", "two", stream=True))
            await until(lambda: len(client.sent) == 2, "the first line")
            client.hang_up()
            await until(lambda: gate.cancelled == 1, "the other is cancelled")
            await client.task

    run(scenario)


def test_with_a_key_the_work_goes_on_for_a_repetition():
    async def scenario():
        gate = Gate()
        judge = ScriptedJudge({"good": 1.0}, gate)
        async with served(judge, grace_s=60) as it:
            client = Hanging(it.app, body("good"), **{"idempotency-key": "k"})
            await until(lambda: gate.waiting == 1, "it runs")
            client.hang_up()
            await client.task
            again = Hanging(it.app, body("good"), **{"idempotency-key": "k"})
            gate.all = True
            await again.task
            assert judge.begun == ["good"]
            assert json.loads(again.sent[1]["body"])["results"][0]["reward"] == 1.0

    run(scenario)


def test_one_listener_that_leaves_takes_nothing_from_another():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({"good": 1.0}, gate), grace_s=0) as it:
            calls = [Hanging(it.app, body("good"), **{"idempotency-key": "k"}) for _ in range(2)]
            await until(lambda: gate.waiting == 1, "it runs")
            calls[0].hang_up()
            await calls[0].task
            await asyncio.sleep(0.01)
            gate.all = True
            await calls[1].task
            assert gate.cancelled == 0
            assert json.loads(calls[1].sent[1]["body"])["results"][0]["reward"] == 1.0

    run(scenario)


def test_what_is_not_judged_by_the_deadline_is_null_and_named():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({}, gate)) as it:
            answer = await it.score(body("one", "two", deadline_s=0.05))
            assert [(r["reward"], r["status"]) for r in answer.json()["results"]] == [(None, "deadline")] * 2
            assert gate.waiting == 0

    run(scenario)


def test_a_judge_that_fails_gives_nulls_and_never_a_zero():
    async def failing(text):
        raise OSError("no such thing")

    async def scenario():
        async with served(ScriptedJudge({}, failing)) as it:
            answer = await it.score(body("one", "two"))
            assert [(r["reward"], r["status"]) for r in answer.json()["results"]] == [(None, "lost")] * 2

    run(scenario)


def test_draining_finishes_what_was_accepted_and_takes_nothing_more():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({"good": 1.0}, gate)) as it:
            accepted = asyncio.ensure_future(it.score(body("good")))
            await until(lambda: gate.waiting == 1, "it runs")
            drained = asyncio.ensure_future(it.service.drain())
            await until(lambda: it.service.not_ready, "it drains")
            for refused in (await it.http.get("/ready"), await it.score(body("bad"))):
                assert refused.status_code == 503
                assert int(refused.headers["retry-after"]) <= 5
            assert not drained.done()
            gate.all = True
            assert await drained
            assert (await accepted).json()["results"][0]["reward"] == 1.0

    run(scenario)


def test_draining_waits_no_longer_than_told():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({}, gate), drain_s=0.05) as it:
            client = Hanging(it.app, body("one"))
            await until(lambda: gate.waiting == 1, "it runs")
            assert not await it.service.drain()
            await it.service.close()
            await client.task
            answer = json.loads(client.sent[1]["body"])["results"][0]
            assert (answer["reward"], answer["status"]) == (None, "cancelled")

    run(scenario)


def test_an_answered_call_lets_go_of_its_programs():
    async def scenario():
        async with served() as it:
            await it.score(body("good"), **{"Idempotency-Key": "k"})
            (kept,) = [known.job for known in it.service._kept._kept.values()]
            await until(lambda: not kept.call.items, "the texts are gone")
            assert (await it.score(body("good"), **{"Idempotency-Key": "k"})).json()["results"][0]["reward"] == 1.0

    run(scenario)
