"""vLLM's arguments follow from the configuration alone, without vLLM."""

import subprocess
import sys
from pathlib import Path

import pytest

from coderm.config.schema import SamplingConfig, VllmEngine
from coderm.generation.vllm_settings import engine_arguments, engine_environment, own_seed


def test_a_cpu_engine_runs_eagerly_in_float32_with_the_cache_asked_for():
    arguments = engine_arguments(VllmEngine(model="m", kv_cache_gb=1.5), "/m", False)
    assert arguments["dtype"] == "float32"
    assert arguments["enforce_eager"] is True
    assert arguments["kv_cache_memory_bytes"] == 3 * 2**29
    assert arguments["model"] == "/m"


def test_a_cpu_engine_never_computes_part_of_a_prompt_since_its_seeded_samplers_cannot_be_rewound():
    for length in (64, 16_384):
        arguments = engine_arguments(VllmEngine(model="m", max_model_len=length), "m", False)
        assert arguments["enable_chunked_prefill"] is False
        assert arguments["max_num_batched_tokens"] >= length


@pytest.mark.parametrize(("gpus", "placement", "backend"), [(1, False, None), (1, True, None), (2, False, "mp"), (2, True, "ray")])
def test_several_gpus_use_ray_within_a_placement_group(gpus, placement, backend):
    arguments = engine_arguments(VllmEngine(model="m", gpus=gpus), "m", placement)
    assert arguments["tensor_parallel_size"] == gpus
    assert arguments["dtype"] == "auto"
    assert arguments.get("distributed_executor_backend") == backend


def test_extra_overrules_every_argument():
    arguments = engine_arguments(VllmEngine(model="m", extra={"enforce_eager": False, "seed": 3}), "m", False)
    assert arguments["enforce_eager"] is False
    assert arguments["seed"] == 3


def test_the_environment_sends_no_telemetry_and_sets_the_threads():
    variables = engine_environment(VllmEngine(model="m", cpu_threads=3), {})
    assert variables["VLLM_NO_USAGE_STATS"] == variables["DO_NOT_TRACK"] == "1"
    assert variables["OMP_NUM_THREADS"] == "3"
    assert variables["OMP_WAIT_POLICY"] == "PASSIVE"
    assert variables["VLLM_CPU_OMP_THREADS_BIND"] == "nobind"


def test_nothing_is_compiled_for_an_engine_that_runs_eagerly():
    eager, compiled = VllmEngine(model="m"), VllmEngine(model="m", extra={"enforce_eager": False})
    assert engine_environment(eager, {})["TORCH_COMPILE_DISABLE"] == "1"
    assert engine_environment(eager, {"TORCH_COMPILE_DISABLE": "0"})["TORCH_COMPILE_DISABLE"] == "0"
    for engine in (compiled, VllmEngine(model="m", gpus=1), VllmEngine(model="m", seeded=False)):
        assert "TORCH_COMPILE_DISABLE" not in engine_environment(engine, {})


def test_a_gpu_engine_keeps_its_threads_and_the_users_log_level():
    variables = engine_environment(VllmEngine(model="m", gpus=1), {"VLLM_LOGGING_LEVEL": "INFO"})
    assert "OMP_NUM_THREADS" not in variables
    assert variables["VLLM_LOGGING_LEVEL"] == "INFO"


def test_building_a_generator_loads_no_vllm_and_no_torch():
    code = (
        "import sys\n"
        "from coderm.config.schema import SamplingConfig, VllmEngine\n"
        "from coderm.generation.factory import make_generator\n"
        "assert make_generator(VllmEngine(model='smollm2')).describe()['backend'] == 'vllm'\n"
        "assert not {'vllm', 'torch', 'ray'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def test_an_engine_without_seeded_requests_gets_a_seed_of_its_own_and_others_get_none():
    unseeded = VllmEngine(model="m", seeded=False)
    assert own_seed(unseeded) != own_seed(unseeded)
    assert engine_arguments(unseeded, "m", False, own_seed(unseeded, lambda bits: 77))["seed"] == 77
    assert own_seed(VllmEngine(model="m")) == {}


def test_replicas_that_would_all_write_the_same_texts_are_refused():
    with pytest.raises(ValueError, match=r"extra.seed would make all replicas write the same texts: remove it"):
        VllmEngine(model="m", seeded=False, replicas=2, extra={"seed": 3})
    VllmEngine(model="m", seeded=False, extra={"seed": 3})
    VllmEngine(model="m", replicas=2, extra={"seed": 3})


def test_a_temperature_that_vllm_would_change_is_refused():
    with pytest.raises(ValueError, match=r"temperature = 0.001: vLLM samples at 0.01 instead; set 0, or at least that"):
        SamplingConfig(temperature=0.001)
    assert [SamplingConfig(temperature=value).temperature for value in (0.0, 0.01)] == [0.0, 0.01]
