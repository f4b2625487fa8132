"""An engine in a thread of this process: who asks gets the answer of its own request, or why there is none."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from coderm.generation.vllm_inside import InsideEngine
from coderm.generation.vllm_requests import last_of


class Dead(Exception):
    """The engine is gone."""


class Engine:
    """Ends a request at its third step, unless it is to hang; every call must come from one thread."""

    def __init__(self, trouble=False):
        self.steps = {}
        self.trouble = trouble
        self.shut = threading.Event()
        self.engine_core = SimpleNamespace(shutdown=self.shut.set)
        self.callers = set()

    def has_unfinished_requests(self):
        self.callers.add(threading.get_ident())
        return bool(self.steps)

    def add_request(self, name, prompt, parameters):
        if prompt == "refused":
            raise ValueError("too long")
        self.steps[name] = -(10**9) if parameters == "hang" else 0

    def abort_request(self, names):
        for name in names:
            self.steps.pop(name, None)

    def step(self):
        if self.trouble:
            raise RuntimeError("out of memory")
        for name in self.steps:
            self.steps[name] += 1
        ended = [name for name, steps in self.steps.items() if steps == 3]
        outputs = [SimpleNamespace(request_id=name, finished=name in ended) for name in self.steps]
        self.abort_request(ended)
        return outputs


def use(engine, body):
    async def run():
        inside = InsideEngine(engine, Dead)
        try:
            return await asyncio.wait_for(body(inside), 20)
        finally:
            inside.shutdown(20)

    return asyncio.run(run())


def test_every_request_gets_its_own_answer_and_one_thread_does_all():
    engine = Engine()

    async def body(inside):
        return await asyncio.gather(*(last_of(inside.generate("p", "s", f"r{n}")) for n in range(5)))

    assert [output.request_id for output in use(engine, body)] == [f"r{n}" for n in range(5)]
    assert len(engine.callers) == 1
    assert engine.shut.is_set()


def test_a_refused_request_is_told_and_others_go_on():
    async def body(inside):
        with pytest.raises(ValueError, match="too long"):
            await last_of(inside.generate("refused", "s", "r"))
        return await last_of(inside.generate("p", "s", "q"))

    assert use(Engine(), body).request_id == "q"


def test_a_request_that_is_given_up_is_dropped_and_one_that_is_aborted_has_no_answer():
    engine = Engine()

    async def body(inside):
        waiting = [asyncio.create_task(last_of(inside.generate("p", "hang", name))) for name in ("a", "b")]
        while len(engine.steps) < 2:
            await asyncio.sleep(0.001)
        waiting[0].cancel()
        await inside.abort(["b"])
        assert await waiting[1] is None
        while engine.steps:
            await asyncio.sleep(0.001)

    use(engine, body)


def test_an_engine_that_fails_ends_all_that_waits_and_all_that_comes():
    async def body(inside):
        return await asyncio.gather(*(last_of(inside.generate("p", "s", f"r{n}")) for n in range(2)), return_exceptions=True)

    async def twice(inside):
        return [*await body(inside), *await body(inside)]

    assert [type(error) for error in use(Engine(trouble=True), twice)] == [Dead] * 4
