"""Trains the embedded SmolLM2-135M a few steps with TRL's GRPOTrainer on the starter set, rewarded by the reward service.

    coderm serve examples/serve.toml &                     # prints a token; export CODERM_SERVICE_TOKEN=THAT
    python examples/grpo_trl.py --steps 2                  # over HTTP
    python examples/grpo_trl.py --steps 2 --through ray    # in a Ray cluster of its own, without HTTP

Needs `pip install 'coderm[cpu,train]'`, two cores and 4 GB. `--rollouts FILE` keeps every program with its reward as JSON lines.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from coderm.client import RewardClient, Scorer
from coderm.client.contract import ScoreAnswer, ScoreItem
from coderm.integrations.rows import dataset_row
from coderm.integrations.trl import TrlReward
from coderm.problems.starter import read_starter

ASK = "Complete this Python function. Answer with the whole function in one code block.\n\n"


def arguments() -> argparse.Namespace:
    """Read the flags."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--steps", type=int, default=2, help="optimiser steps")
    flags.add_argument("--through", choices=("http", "ray", "scripted"), default="http", help="where rewards come from")
    flags.add_argument("--url", default="", help="address of the service (default: CODERM_SERVICE_URL, else http://127.0.0.1:8000)")
    flags.add_argument("--sandbox", choices=("docker", "local"), default="docker", help="sandbox of --through ray")
    flags.add_argument("--reward", default="fraction", help="a term of docs/rewards.md")
    flags.add_argument("--generations", type=int, default=4, help="programs a problem and step")
    flags.add_argument("--max-tokens", type=int, default=96, help="longest program, tokens")
    flags.add_argument("--rollouts", type=Path, help="JSON lines of every program and its reward")
    flags.add_argument("--seed", type=int, default=0)
    return flags.parse_args()


@contextlib.contextmanager
def scorer(flags: argparse.Namespace) -> Iterator[Scorer]:
    """Yield the client that the flags name."""
    if flags.through == "http":
        with RewardClient(flags.url, deadline_s=300) as client:
            client.check()
            yield client
    elif flags.through == "ray":
        from cluster.connect import connected
        from cluster.rewards import RayRewardClient
        from coderm.config.service import ServiceConfig

        given = {"sandbox": {"type": flags.sandbox}, "cluster": {"address": "local", "executors": 1}}
        config = ServiceConfig.model_validate(given)
        with connected(config.cluster.address), RayRewardClient(config, deadline_s=300) as client:
            yield client
    else:
        from coderm.client.scripted import ScriptedService

        with RewardClient("http://scripted", transport=ScriptedService(lambda problem, text: float("return" in text))) as client:
            yield client


class Rollouts:
    """Writes each program and its reward as a line that `coderm rescore` reads."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._groups = 0

    def __call__(self, items: Sequence[ScoreItem], answer: ScoreAnswer) -> None:
        """Keep one step's."""
        for result in answer.results:
            item = items[result.item]
            problem = item.problem if isinstance(item.problem, str) else item.problem.id
            line = {"problem": problem, "group": f"{self._groups + result.item}", "output": item.programs[result.program].output}
            told = result.model_dump(include={"reward", "status", "terms", "message"})
            self._file.write(json.dumps(line | told) + "\n")
        self._groups += len(items)
        self._file.flush()


def train(flags: argparse.Namespace, reward: TrlReward) -> list[dict[str, Any]]:
    """Train, and return what the trainer logged."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    from coderm.generation.model_files import resolve_model

    path = resolve_model("smollm2")
    rows = [dataset_row(problem) for problem in read_starter()]
    asked = [{**row, "prompt": [{"role": "user", "content": ASK + row["question"]}]} for row in rows]
    reward.check(asked)
    with tempfile.TemporaryDirectory() as folder:
        config = GRPOConfig(
            output_dir=folder, use_cpu=True, bf16=False, gradient_checkpointing=False, seed=flags.seed, max_steps=flags.steps,
            num_generations=flags.generations, per_device_train_batch_size=flags.generations, learning_rate=1e-6,
            max_completion_length=flags.max_tokens, logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True,
        )  # fmt: skip
        trainer = GRPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(path, dtype="float32"),
            processing_class=AutoTokenizer.from_pretrained(path),
            reward_funcs=reward,
            args=config,
            train_dataset=Dataset.from_list(asked),
        )
        trainer.train()
        return list(trainer.state.log_history)


def main() -> int:
    """Train, and print each step's reward and share of lost."""
    flags = arguments()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(scorer(flags))
        seen = Rollouts(stack.enter_context(flags.rollouts.open("w", encoding="utf-8"))) if flags.rollouts else None
        logged = train(flags, TrlReward(client, reward=flags.reward, seen=seen))
    for step in logged:
        if "reward" in step:
            print(f"step {step['step']}: reward {step['reward']:.3f}, lost {step['coderm/lost']:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
