"""vLLM on the CPU with the embedded model: one engine for the sampling tests, one that is killed."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from coderm.config.schema import VllmEngine
from coderm.errors import AnswerLost, EngineLost, GenerationError, RequestRefused
from coderm.generation.vllm import VllmGenerator, _sampling_params
from coderm.generation.vllm_requests import translated
from coderm.messages.generation import GenerationRequest, Sampling
from coderm.messages.problem import ChatMessage

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore")]  # vllm and torch warn at import

ENGINE = VllmEngine(logprobs=True, model="smollm2", max_model_len=512, max_num_seqs=16, kv_cache_gb=0.25)

PARENT = f"""
import asyncio
from coderm.config.schema import VllmEngine
from coderm.generation.vllm import VllmGenerator

async def main():
    await VllmGenerator(VllmEngine(**{ENGINE.model_dump()!r})).setup()
    print("up", flush=True)
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


def request(n=4, seed=1, offset=0, content="Write a Python function that adds two numbers.", max_tokens=24, temperature=0.8):
    sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
    return GenerationRequest(f"t|{offset}", "task/1", "policy", (ChatMessage("user", content),), n, seed, sampling, offset)


@pytest.fixture
def started(monkeypatch):
    """Return a function that lists the live processes, guards included, that a test started."""
    stamp = secrets.token_hex(8)
    monkeypatch.setenv("CODERM_STARTED_BY", stamp)

    def look():
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                carries = stamp.encode() in (entry / "environ").read_bytes()
                if carries and b"resource_tracker" not in (entry / "cmdline").read_bytes():
                    found.add(int(entry.name))
        return found

    return look


@pytest.fixture
def sockets(monkeypatch, tmp_path):
    """Return a function that lists what engines have put into a directory for temporary files, one of a short path.

    tmp_path is made before, or it would be made in there.
    """
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield lambda: [path for path in Path(folder).rglob("*") if path.is_socket() or path.name.startswith("coderm-")]
        tempfile.tempdir = None


def texts(result):
    return [item.text for item in result.completions]


def test_an_engine_samples_repeats_refuses_and_leaves_nothing(started, sockets):

    async def run():
        generator = VllmGenerator(ENGINE)
        await generator.setup()
        try:
            assert started()
            assert sockets()
            await check_sampling(generator)
            await check_limits(generator)
            hanging = asyncio.create_task(generator.generate(request(n=2, max_tokens=400)))
            await asyncio.sleep(1)
        finally:
            await generator.close()
        with pytest.raises(GenerationError, match="task/1: the vLLM engine was closed"):
            await asyncio.wait_for(hanging, 10)
        await generator.close()

    asyncio.run(run())
    assert not started()
    assert not sockets()


async def check_sampling(generator):
    first = await generator.generate(request())
    assert len(first.completions) == 4
    assert len(set(texts(first))) > 1
    assert all(0 < item.tokens <= 24 and item.finish in ("stop", "length") for item in first.completions)
    assert all(-10 < item.mean_logprob < 0 for item in first.completions)
    assert first.prompt_tokens > 20  # the chat template is around it
    assert texts(await generator.generate(request())) == texts(first)
    assert texts(await generator.generate(request(offset=4))) != texts(first)
    assert texts(await generator.generate(request(seed=2))) != texts(first)
    greedy = await generator.generate(request(n=3, temperature=0.0, max_tokens=8))
    assert len(greedy.completions) == 3
    assert len(set(texts(greedy))) == 1


async def check_limits(generator):
    long = "word " * 600
    with pytest.raises(GenerationError, match=r"task/1: the policy prompt has \d+ tokens, .*max_model_len = 512"):
        await generator.generate(request(content=long))
    cut = await generator.generate(request(n=1, content="word " * 450, max_tokens=2048, seed=3))
    assert cut.prompt_tokens + cut.completions[0].tokens <= 512


def test_only_a_dead_engine_is_replaced_a_refused_prompt_and_a_failed_request_are_not():
    from vllm.exceptions import VLLMNotFoundError, VLLMValidationError
    from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

    errors = [EngineDeadError(), VLLMValidationError("too long"), VLLMNotFoundError("m"), EngineGenerateError(), ValueError("v")]
    kinds = [type(translated(error, "task/1", "m")) for error in errors]
    assert kinds == [EngineLost, RequestRefused, RequestRefused, AnswerLost, GenerationError]


def test_settings_that_vllm_refuses_end_the_run_with_one_line_and_watermarks_are_off():
    with pytest.raises(GenerationError, match="vLLM refuses the sampling settings"):
        _sampling_params(n=2, temperature=0.0)
    assert _sampling_params(n=1).watermarking is False


@pytest.mark.parametrize("moment", [pytest.param("starting", marks=pytest.mark.long), "up"])
def test_sigkill_of_the_process_leaves_no_engine_behind(moment, started, sockets, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment)
    try:
        if moment == "up":
            assert parent.stdout.readline() == b"up\n"
        assert until(lambda: len(started()) > 2, 240)  # parent, guard, engine core
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
    assert until(lambda: not started() and not sockets(), 20)


def until(condition, within_s):
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)
    return bool(condition())
