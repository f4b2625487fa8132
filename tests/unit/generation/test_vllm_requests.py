"""How a request to vLLM ends: its stream closed in any case, and an aborted answer lost, not short."""

import asyncio
from types import SimpleNamespace

import pytest

from coderm.errors import AnswerLost
from coderm.generation.base import seed_of
from coderm.generation.vllm import SEED_BITS
from coderm.generation.vllm_requests import finished_samples, last_of
from coderm.messages.generation import GenerationRequest, Sampling


class Stream:
    """A stream of outputs that waits after the last; `closed` tells how it was left."""

    def __init__(self, items, hangs=False, fails=False):
        self.items = items
        self.hangs = hangs
        self.fails = fails
        self.closed = ""

    async def outputs(self):
        try:
            for item in self.items:
                yield item
            if self.fails:
                raise RuntimeError("engine")
            if self.hangs:
                await asyncio.Event().wait()
            self.closed = "ended"
        except (asyncio.CancelledError, GeneratorExit):
            self.closed = "aborted"
            raise


def test_the_last_output_counts():
    stream = Stream([1, 2, 3])
    assert asyncio.run(last_of(stream.outputs())) == 3
    assert stream.closed == "ended"
    assert asyncio.run(last_of(Stream([]).outputs())) is None


def test_a_cancelled_request_is_aborted_before_the_cancellation_is_told():
    stream = Stream([1], hangs=True)

    async def run():
        task = asyncio.create_task(last_of(stream.outputs()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return stream.closed

    assert asyncio.run(run()) == "aborted"


def test_an_error_of_the_engine_passes():
    with pytest.raises(RuntimeError, match="engine"):
        asyncio.run(last_of(Stream([1], fails=True).outputs()))


def output(*reasons):
    return SimpleNamespace(outputs=[SimpleNamespace(finish_reason=reason) for reason in reasons])


@pytest.mark.parametrize("reason", ["abort", "error", "repetition", None])
def test_an_answer_that_was_dropped_is_lost_and_not_short(reason):
    with pytest.raises(AnswerLost, match=rf"p/1: vLLM dropped the request \({reason}\)"):
        finished_samples(output("stop", reason), "p/1")


def test_no_output_at_all_is_lost_too():
    with pytest.raises(AnswerLost, match="no output"):
        finished_samples(None, "p/1")


def test_texts_that_ended_or_were_cut_count():
    assert [sample.finish_reason for sample in finished_samples(output("stop", "length"), "p/1")] == ["stop", "length"]


def test_a_seed_is_never_negative_since_vllm_reads_minus_one_as_none():
    requests = [GenerationRequest("r", f"p/{n}", "policy", (), 1, n, Sampling()) for n in range(1000)]
    assert all(0 <= seed_of(item, SEED_BITS) < 2**62 for item in requests)
