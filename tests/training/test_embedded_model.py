"""The embedded model is fine-tuned a few steps, and vLLM loads what comes out."""

import asyncio
import json

import pytest
from trainings import ROOT, command, start

from coderm.config.schema import PromptConfig, VllmEngine
from coderm.generation.prompts import render_unit_test
from coderm.generation.vllm import VllmGenerator
from coderm.messages.generation import GenerationRequest, Sampling
from coderm.problems.starter import read_starter

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600), pytest.mark.model, pytest.mark.filterwarnings("ignore")]
SHORT = ("optimisation.max_steps=4", "checkpoints.every_steps=2", "sandbox.type=local", "quality.tests=1", "quality.mutants=2")


def test_the_tiny_example_lowers_the_held_out_loss_and_vllm_writes_with_it(tmp_path):
    with start(command(ROOT / "examples" / "train_tiny.toml", tmp_path, *SHORT)) as running:
        told = running.stdout.read()
    assert running.returncode == 0, told
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["losses"][-1][1] < report["losses"][0][1]
    assert len(report["quality"]) == 2
    assert asyncio.run(written(tmp_path / "model"))


async def written(model):
    """What vLLM writes with an exported model."""
    problem = next(iter(read_starter()))
    asked = render_unit_test(problem, problem.reference, PromptConfig())
    generator = VllmGenerator(VllmEngine(model=str(model), max_model_len=1024, kv_cache_gb=0.5))
    await generator.setup()
    try:
        request = GenerationRequest("one", problem.task_id, "coderm", asked, 1, 0, Sampling(temperature=0.0, max_tokens=64))
        return (await generator.generate(request)).completions[0].text.strip()
    finally:
        await generator.close()
