"""How long a vLLM engine on the CPU takes to start, and how fast it writes, against `vllm.LLM.generate` on the same prompts.

Each way runs in a process of its own, one after the other: `apart` is the default, `inside` has `engines.NAME.inside`, `plain` is
vLLM's own class with the same arguments. Prints seconds and CPU seconds of the start, with imports, and tokens a second.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time

from coderm.config.schema import VllmEngine
from coderm.generation.vllm_settings import engine_arguments, engine_environment
from coderm.messages.generation import GenerationRequest, Sampling
from coderm.messages.problem import ChatMessage

PROMPTS, SAMPLES, TOKENS = 12, 4, 64
CONFIG = VllmEngine(model="smollm2", max_model_len=2048, kv_cache_gb=1.0, logprobs=True)


def texts() -> list[str]:
    return [f"Write a Python function that adds {number} to its argument." for number in range(PROMPTS)]


async def ours(inside: bool) -> tuple[float, float, int, float]:
    from actors.generator import GeneratorActor

    began = time.perf_counter()
    actor = GeneratorActor(CONFIG.model_copy(update={"inside": inside}))
    await actor.setup()
    started = time.perf_counter()
    sampling = Sampling(temperature=0.8, max_tokens=TOKENS)
    requests = [
        GenerationRequest(f"t{n}", f"task/{n}", "policy", (ChatMessage("user", text),), SAMPLES, n, sampling, 0)
        for n, text in enumerate(texts())
    ]
    await actor.generate(requests[0])
    warm = time.perf_counter()
    answers = await asyncio.gather(*(actor.generate(request) for request in requests))
    ended = time.perf_counter()
    await actor.close()
    tokens = sum(item.tokens for answer in answers for item in answer.completions)
    return started - began, warm - started, tokens, ended - warm


def plain() -> tuple[float, float, int, float]:
    from coderm.generation.model_files import resolve_model

    began = time.perf_counter()
    os.environ.update(engine_environment(CONFIG, os.environ))
    from vllm import LLM, SamplingParams

    arguments = engine_arguments(CONFIG, resolve_model("smollm2"), False)
    engine = LLM(**arguments)
    started = time.perf_counter()
    chats = [[{"role": "user", "content": text}] for text in texts()]
    settings = [SamplingParams(n=SAMPLES, temperature=0.8, max_tokens=TOKENS, seed=n, logprobs=0) for n in range(PROMPTS)]
    engine.chat(chats[:1], settings[:1], use_tqdm=False)
    warm = time.perf_counter()
    answers = engine.chat(chats, settings, use_tqdm=False)
    ended = time.perf_counter()
    tokens = sum(len(item.token_ids) for answer in answers for item in answer.outputs)
    return started - began, warm - started, tokens, ended - warm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ways", nargs="*", default=["apart", "inside", "plain"])
    parser.add_argument("--one", action="store_true", help="measure in this process")
    given = parser.parse_args()
    if not given.one:
        for way in given.ways:
            subprocess.run([sys.executable, __file__, way, "--one"], check=True)
        return
    (way,) = given.ways
    start, first, tokens, seconds = plain() if way == "plain" else asyncio.run(ours(way == "inside"))
    cpu = sum(os.times()[:4])
    print(
        f"{way:7} start {start:.1f} s, first request {first:.1f} s, {tokens} tokens in {seconds:.1f} s: "
        f"{tokens / seconds:.1f} tokens/s; {cpu:.1f} CPU s in all",
        flush=True,
    )


if __name__ == "__main__":
    main()
