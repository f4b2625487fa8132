"""The OpenAI generator against a real HTTP server that misbehaves in the ways real ones do."""

import asyncio
import contextlib
import json
import logging
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from actors.generator import GeneratorActor
from coderm.config.schema import OpenAIEngine
from coderm.errors import DeadlineExceeded, GenerationError, PromptTooLong, RequestRefused
from coderm.generation.factory import make_generator
from coderm.messages.events import Generate, Sampled
from coderm.messages.generation import GenerationRequest, Sampling
from coderm.messages.problem import ChatMessage, Problem
from coderm.messages.samples import Sample

KEY = "sk-very-secret-4711"


class Endpoint(ThreadingHTTPServer):
    """Answers chat completions; `script` holds behaviours used up one per request, then all is well."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = []
        self.bodies = []
        self.keys = []
        self.times = []
        self.active = self.peak = 0
        self.most_choices = 100
        self.lock = threading.Lock()
        self.released = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.bodies.append(body)
            server.keys.append(self.headers["Authorization"])
            server.times.append(time.monotonic())
            server.active += 1
            server.peak = max(server.peak, server.active)
            behaviour = server.script.pop(0) if server.script else "ok"
        try:
            self._behave(behaviour, body)
        finally:
            with server.lock:
                server.active -= 1

    def _behave(self, behaviour, body):
        match behaviour:
            case "ok":
                time.sleep(0.02)
                self._answer(200, self._completion(body))
            case "hang":
                self.server.released.wait(10)
            case "broken":
                self._answer(200, b'{"id": "x", "choices": [')
            case "empty":
                usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
                answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [], "usage": usage}
                self._answer(200, answer)
            case "trickle":
                self._trickle()
            case dict():
                self._answer(200, self._completion(body) | behaviour)
            case (status, code) if isinstance(code, str):
                self._answer(status, {"error": {"message": "no", "code": code}})
            case (status, headers):
                self._answer(status, {"error": {"message": f"no, {self.headers['Authorization']}", "code": "c"}}, headers)

    def _trickle(self):
        """Send a byte now and then, so that no single read is ever late."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.released.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()

    def _completion(self, body):
        count = min(body["n"], self.server.most_choices)
        choices = [
            {
                "index": i,
                "message": {"role": "assistant", "content": f"{body['seed']}.{i}"},
                "finish_reason": "length" if i else "stop",
            }
            for i in range(count)
        ]
        usage = {"prompt_tokens": 11, "completion_tokens": 5 * count, "total_tokens": 0}
        return {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"], "choices": choices, "usage": usage}

    def _answer(self, status, body, headers=()):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


SAMPLING = Sampling(max_tokens=9)


def request(n=3, task="task/7", seed=5, offset=0):
    return GenerationRequest(f"{task}|{offset}", task, "policy", (ChatMessage("user", "hi"),), n, seed, SAMPLING, offset)


def ask(endpoint, *requests, **settings):
    async def run():
        generator = make_generator(OpenAIEngine(model="m", base_url=endpoint.url, **settings))
        await generator.setup()
        try:
            return await asyncio.gather(*(generator.generate(item) for item in requests))
        finally:
            await generator.close()

    return asyncio.run(run())


@pytest.mark.slow
def test_choices_come_back_with_sampling_finish_and_usage(endpoint):
    (result,) = ask(endpoint, request())
    body = endpoint.bodies[0]
    assert (body["n"], body["temperature"], body["top_p"], body["max_tokens"]) == (3, 0.8, 0.95, 9)
    assert [item.finish for item in result.completions] == ["stop", "length", "length"]
    assert sum(item.tokens for item in result.completions) == 15
    assert (result.request_id, result.prompt_tokens) == ("task/7|0", 11)


def test_n_is_split_by_max_n_with_another_seed_for_each_part(endpoint):
    (result,) = ask(endpoint, request(n=8), max_n=3)
    assert sorted(body["n"] for body in endpoint.bodies) == [2, 3, 3]
    assert len({item.text for item in result.completions}) == 8


def test_a_prompt_is_paid_for_as_often_as_it_was_answered(endpoint):
    (result,) = ask(endpoint, request(n=8), max_n=3)
    assert (result.prompt_tokens, sum(item.tokens for item in result.completions)) == (33, 40)
    endpoint.most_choices = 1
    (result,) = ask(endpoint, request(n=4))
    assert (result.prompt_tokens, sum(item.tokens for item in result.completions)) == (44, 20)


def test_an_answer_without_a_choice_is_paid_for_too(endpoint):
    endpoint.script = ["empty"]
    (result,) = ask(endpoint, request(n=1))
    assert (result.prompt_tokens, result.completions[0].tokens) == (11 + 3 + 11, 5)


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (None, (0, 0)),
        ({"prompt_tokens": 4}, (0, 4)),
        ({"prompt_tokens": -1, "completion_tokens": -5}, (0, 0)),
        ({"prompt_tokens": 4.0, "completion_tokens": 7.0}, (7, 4)),
        ({"prompt_tokens": float("nan"), "completion_tokens": "many"}, (0, 0)),
        ([1], (0, 0)),
    ],
)
def test_tokens_are_whole_numbers_whatever_the_endpoint_tells(endpoint, usage, counted):
    endpoint.script = [{"usage": usage}]
    (result,) = ask(endpoint, request())
    counts = [*(item.tokens for item in result.completions), result.prompt_tokens]
    assert all(type(count) is int for count in counts)
    assert (sum(counts[:-1]), counts[-1]) == counted


@pytest.mark.parametrize(
    "choices", ["abc", {"a": 1}, ["a", "b", "c"], [None], [{"index": 0, "text": "x", "finish_reason": "stop"}]]
)
def test_choices_of_another_shape_are_asked_for_again(endpoint, choices):
    endpoint.script = [{"choices": choices}]
    (result,) = ask(endpoint, request())
    assert (len(result.completions), len(endpoint.bodies)) == (3, 2)


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, ""), (5, ""), ([{"type": "thinking", "thinking": [{"text": "hm"}]}, {"type": "text", "text": "x = 1"}, "y"], "x = 1")],
)
def test_a_message_of_parts_is_the_text_of_its_parts(endpoint, content, text):
    endpoint.script = [{"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}]
    (result,) = ask(endpoint, request(n=1))
    assert [item.text for item in result.completions] == [text]


def test_the_same_request_sends_the_same_seeds_and_another_offset_sends_others(endpoint):
    first, again, later = ask(endpoint, request(), request(), request(offset=3))
    assert first.completions == again.completions
    assert not {item.text for item in first.completions} & {item.text for item in later.completions}


def test_an_endpoint_that_ignores_n_is_asked_again_with_another_seed(endpoint):
    endpoint.most_choices = 1
    (result,) = ask(endpoint, request(n=4))
    assert len({item.text for item in result.completions}) == 4
    assert [body["n"] for body in endpoint.bodies] == [4, 3, 2, 1]


@pytest.mark.slow
def test_a_throttled_request_waits_as_long_as_it_is_told(endpoint):
    endpoint.script = [(429, [("Retry-After", "1")])]
    (result,) = ask(endpoint, request(n=1))
    assert len(result.completions) == 1
    assert endpoint.times[1] - endpoint.times[0] >= 1


def test_a_server_error_is_tried_again(endpoint):
    endpoint.script = [(500, [("Retry-After", "0.01")]), (503, [("Retry-After", "0.01")])]
    (result,) = ask(endpoint, request(n=1))
    assert len(result.completions) == 1


@pytest.mark.slow
def test_broken_json_and_an_empty_answer_are_asked_again(endpoint):
    endpoint.script = ["broken", "empty"]
    (result,) = ask(endpoint, request(n=1))
    assert len(result.completions) == 1


@pytest.mark.slow
def test_an_endpoint_that_never_answers_in_json_is_named(endpoint):
    endpoint.script = ["broken"] * 9
    with pytest.raises(GenerationError, match=r"task/7: http://127.*no chat completion"):
        ask(endpoint, request(n=1), max_retries=2)


@pytest.mark.slow
@pytest.mark.parametrize("manner", ["hang", "trickle"])
def test_an_endpoint_that_does_not_answer_in_time_is_tried_again(endpoint, manner):
    endpoint.script = [manner] * 2
    with pytest.raises(GenerationError, match=r"task/7: .*does not answer within 0.2 s, after 1 retries"):
        ask(endpoint, request(n=1), timeout_s=0.2, max_retries=1)


@pytest.mark.parametrize("manner", ["hang", "trickle", (429, [("Retry-After", "300")]), (408, []), (409, []), (503, [])])
def test_all_tries_and_pauses_of_a_request_share_one_deadline(endpoint, manner):
    endpoint.script = [manner] * 100
    with pytest.raises(DeadlineExceeded, match=r"task/7: http://127.*deadline_s = 0.7"):
        ask(endpoint, request(n=1), deadline_s=0.7, max_retries=100)
    assert endpoint.times[-1] - endpoint.times[0] <= 0.7


@pytest.mark.parametrize(("advice", "status", "asked"), [("false", 503, 1), ("true", 400, 2)])
def test_an_endpoint_that_says_whether_to_try_again_is_obeyed(endpoint, advice, status, asked):
    endpoint.script = [(status, [("x-should-retry", advice), ("Retry-After", "0.01")])]
    with pytest.raises(GenerationError) if asked == 1 else contextlib.nullcontext():
        ask(endpoint, request(n=1))
    assert len(endpoint.bodies) == asked


def test_a_prompt_that_an_endpoint_refuses_is_told_from_settings_it_refuses(endpoint):
    endpoint.script = [(400, "context_length_exceeded"), (400, "content_filter"), (400, "unknown_parameter")]
    for kind in (PromptTooLong, RequestRefused, GenerationError):
        with pytest.raises(GenerationError) as caught:
            ask(endpoint, request(n=1))
        assert type(caught.value) is kind


def test_an_unreachable_endpoint_is_named():
    class Nowhere:
        url = "http://127.0.0.1:9/v1"

    with pytest.raises(GenerationError, match=r"127\.0\.0\.1:9/v1 does not answer \(APIConnectionError\)"):
        ask(Nowhere, request(n=1), max_retries=0)


def test_retries_run_out_with_the_status_named(endpoint):
    endpoint.script = [(500, [("Retry-After", "0.01")])] * 9
    with pytest.raises(GenerationError, match=r"HTTP 500: .*, after 2 retries"):
        ask(endpoint, request(n=1), max_retries=2)
    assert len(endpoint.bodies) == 3


def test_a_bad_request_is_not_tried_again(endpoint):
    endpoint.script = [(400, [])]
    with pytest.raises(GenerationError, match="HTTP 400"):
        ask(endpoint, request(n=1))
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [("context_length_exceeded", "prompt_too_long"), ("content_filter", "refused"), ("invalid_prompt", "refused")],
)
def test_a_refused_prompt_costs_its_own_samples_and_not_the_run(endpoint, code, reason):
    endpoint.script = [(400, code)]

    async def run():
        actor = GeneratorActor(OpenAIEngine(model="m", base_url=endpoint.url))
        await actor.setup()
        try:
            return await actor.sample(Generate("c", request(n=2), Problem("task/7", "q")))
        finally:
            await actor.close()

    assert asyncio.run(run()) == Sampled("c", (Sample("", rejected=reason),) * 2)


def test_no_more_requests_are_in_flight_than_allowed(endpoint):
    ask(endpoint, *(request(n=1, task=str(i)) for i in range(12)), max_concurrency=3)
    assert endpoint.peak == 3


def test_requests_and_retries_keep_to_the_rate(endpoint):
    endpoint.script = [(429, [("Retry-After", "0.01")])]
    ask(endpoint, *(request(n=1, task=str(i)) for i in range(3)), requests_per_minute=600)
    assert len(endpoint.times) == 4
    assert endpoint.times[-1] - endpoint.times[0] > 0.25


def test_a_missing_key_names_the_variable(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    generator = make_generator(OpenAIEngine(model="m"))
    with pytest.raises(GenerationError, match="environment variable OPENAI_API_KEY"):
        asyncio.run(generator.setup())


def test_an_endpoint_on_this_machine_goes_without_a_key(endpoint, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert len(ask(endpoint, request(n=1))[0].completions) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_the_key_is_sent_but_appears_in_no_log_error_or_description(endpoint, caplog, status):
    caplog.set_level(logging.DEBUG)
    endpoint.script = [(status, [])]
    with pytest.raises(GenerationError) as caught:
        ask(endpoint, request(n=1))
    generator = make_generator(OpenAIEngine(model="m"))
    asyncio.run(generator.setup())
    shown = [caplog.text, *traceback.format_exception(caught.value), repr(generator), str(generator.describe())]
    asyncio.run(generator.close())
    assert endpoint.keys == [f"Bearer {KEY}"]
    assert not any(KEY in text for text in shown)


def test_generating_before_setup_is_an_error():
    generator = make_generator(OpenAIEngine(model="m"))
    with pytest.raises(GenerationError, match="setup first"):
        asyncio.run(generator.generate(request()))
