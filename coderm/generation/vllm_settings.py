"""From an engine's configuration to vLLM's arguments and environment. Pure: imports no vllm and changes nothing."""

import os
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from coderm.config.schema import VllmEngine

CPU_BLOCK_TOKENS = 32
"""KV block on a CPU (vLLM: 128): only whole blocks of a prompt are shared by its n samples, so small blocks share more."""
CPU_BATCHED_TOKENS = 4096
"""Tokens computed in one step on a CPU; without chunks a whole prompt must fit."""
ENGINE_SEED_BITS = 31
"""Bits of an engine's own seed; numpy, which vLLM seeds too, takes 32."""

QUIET = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",  # the processes fork after the tokenizer was used
}

OVERRULING = ("VLLM_CPU_KVCACHE_SPACE",)
"""Variables to remove, since vLLM obeys them before its arguments."""


def engine_environment(config: VllmEngine, current: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set before vllm is imported; all of them are inherited by the engine's processes."""
    variables = dict(QUIET)
    variables["VLLM_LOGGING_LEVEL"] = current.get("VLLM_LOGGING_LEVEL", "ERROR")  # a healthy CPU start prints ten warnings
    variables["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"  # a forked child would show no mark to the guard
    variables["SPT_NOENV"] = "1"  # else setproctitle wipes the mark out of /proc/PID/environ
    if config.gpus == 0:
        threads = str(config.cpu_threads or len(os.sched_getaffinity(0)))
        variables |= {
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # binding makes replicas on one node share the same cores
            "OMP_NUM_THREADS": threads,
            # Sleeping at barriers, not spinning: sandboxes use the same cores, and spinning beside them was 10 times slower.
            "OMP_WAIT_POLICY": current.get("OMP_WAIT_POLICY", "PASSIVE"),
            "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # worker inside the engine core: one process less to start, no copying
        }
        # Even then vLLM compiles how it counts ranks of logprobs, within the first request. Left alone without seeds: vLLM draws by
        # compiled code there, to avoid a fault of torch's own drawing.
        if config.seeded and config.extra.get("enforce_eager", True):
            variables["TORCH_COMPILE_DISABLE"] = current.get("TORCH_COMPILE_DISABLE", "1")
    return variables


def own_seed(config: VllmEngine, draw: Callable[[int], int] = secrets.randbits) -> dict[str, Any]:
    """Return the argument that seeds one engine whose requests bring no seed; `draw` gives that many random bits.

    Every engine needs another: with vLLM's default, 0, all of them write the same texts, call by call, which looks like consensus.
    """
    return {} if config.seeded else {"seed": draw(ENGINE_SEED_BITS)}


def engine_arguments(
    config: VllmEngine, model: str, ray_placement: bool, further: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the keyword arguments of vLLM's AsyncEngineArgs; `further` and then `extra` of the configuration overrule them."""
    arguments: dict[str, Any] = {
        "model": model,
        "max_model_len": config.max_model_len,
        "max_num_seqs": config.max_num_seqs,
        "enable_prefix_caching": True,
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
    }
    if config.gpus == 0:
        arguments |= {
            "dtype": "float32" if config.dtype == "auto" else config.dtype,
            "enforce_eager": True,  # compiling costs a CPU minutes at the start
            "block_size": CPU_BLOCK_TOKENS,
            "enable_chunked_prefill": False,  # vLLM rewinds a seeded sampler after a partial prompt, which CPU generators refuse
            "max_num_batched_tokens": max(CPU_BATCHED_TOKENS, config.max_model_len),
            "kv_cache_memory_bytes": int(config.kv_cache_gb * 2**30),
        }
    else:
        arguments |= {
            "dtype": config.dtype,
            "tensor_parallel_size": config.gpus,
            "gpu_memory_utilization": config.gpu_memory_utilization,
        }
        if config.gpus > 1:
            arguments["distributed_executor_backend"] = "ray" if ray_placement else "mp"
    return {**arguments, **(further or {}), **config.extra}
