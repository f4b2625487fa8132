"""Trains a test writer by GRPO: it writes unit tests for the starter set, and is paid by what they find.

    coderm serve examples/serve.toml &                          # prints a token; export CODERM_SERVICE_TOKEN=THAT
    python examples/grpo_writer.py --steps 2                    # over HTTP, by /v1/score_tests
    python examples/grpo_writer.py --steps 2 --through ray      # in a Ray cluster of its own, without HTTP
    python examples/grpo_writer.py --model runs/train-train_tiny/model --steps 50

Needs `pip install 'coderm[cpu,train]'`, two cores and 4 GB. On a CPU it shows the flow and no gain: few texts of a 135M model hold
a test, and a group whose rewards are all the same moves nothing. Begin with a model that `coderm train` has taught the form.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from coderm.client import RewardClient
from coderm.client.contract import RewardTerm, ScoreAnswer, WriterItem, WrittenText
from coderm.config.schema import PromptConfig
from coderm.errors import CodeRMError
from coderm.generation.prompts import render_unit_test
from coderm.integrations.rows import dataset_row, last_answer, problem_of
from coderm.problems.starter import read_starter

REWARD = (RewardTerm(name="valid"), RewardTerm(name="newly_killed", weight=2.0), RewardTerm(name="redundancy", weight=0.5))
"""A test has to hold for the reference, to kill mutants that its neighbours leave alive, and to add something."""
MUTANTS = 16
DEADLINE_S = 300.0


class Client(Protocol):
    """What scores tests: RewardClient over HTTP, RayRewardClient without it."""

    def score_tests(self, items: Sequence[WriterItem], *, reward: Any = ..., deadline_s: float | None = ...) -> ScoreAnswer:
        """Return the reward or null of every text."""


def writer_reward(client: Client) -> Callable[..., list[float | None]]:
    """Return a reward function for TRL. None where the service lost a text: TRL leaves it out of its group (from 1.9 on).

    The completions of one prompt are one item, since what is new is new within a group.
    """

    def coderm_writer_reward(
        prompts: Sequence[Any], completions: Sequence[Any], tests: Sequence[str], reference: Sequence[str], **more: Any
    ) -> list[float | None]:
        groups = [list(group) for _, group in groupby(range(len(completions)), key=lambda place: tests[place])]
        items = [
            WriterItem(
                problem=problem_of(tests[group[0]], None),
                tests=tuple(WrittenText(output=last_answer(completions[place])) for place in group),
                reference=reference[group[0]],
                mutants=MUTANTS,
            )
            for group in groups
        ]
        try:
            answer = client.score_tests(items, reward=REWARD, deadline_s=DEADLINE_S)
        except CodeRMError as error:  # an exception would end the training; the step is lost, and no text counts as bad
            print(f"no rewards: {error}", file=sys.stderr)
            return [None] * len(completions)
        return [result.reward for result in answer.results]

    return coderm_writer_reward


def rows() -> list[dict[str, str | list[dict[str, str]]]]:
    """Return a row for each starter problem: what is asked, the problem as the service reads it, and its reference."""
    found: list[dict[str, str | list[dict[str, str]]]] = []
    for problem in read_starter():
        turns = render_unit_test(problem, problem.reference, PromptConfig())
        asked = [{"role": turn.role, "content": turn.content} for turn in turns]
        found.append({"prompt": asked, "tests": dataset_row(problem)["tests"], "reference": problem.reference})
    return found


def train(flags: argparse.Namespace, reward: Callable[..., list[float | None]]) -> list[dict[str, Any]]:
    """Train, and return what the trainer logged."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    from coderm.generation.model_files import resolve_model

    path = resolve_model(flags.model)
    with tempfile.TemporaryDirectory() as folder:
        config = GRPOConfig(
            output_dir=str(flags.out or folder), use_cpu=True, bf16=False, gradient_checkpointing=False, seed=flags.seed,
            max_steps=flags.steps, num_generations=flags.generations, per_device_train_batch_size=flags.generations,
            learning_rate=1e-6, max_completion_length=flags.max_tokens, logging_steps=1, save_strategy="no", report_to=[],
            disable_tqdm=True,
        )  # fmt: skip
        trainer = GRPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(path, dtype="float32"),
            processing_class=AutoTokenizer.from_pretrained(path),
            reward_funcs=reward,
            args=config,
            train_dataset=Dataset.from_list(rows()),
        )
        trainer.train()
        if flags.out:
            trainer.save_model(str(flags.out))
        return list(trainer.state.log_history)


@contextlib.contextmanager
def client_of(flags: argparse.Namespace) -> Iterator[Client]:
    """Yield the client that the flags name."""
    if flags.through == "http":
        with RewardClient(flags.url, deadline_s=DEADLINE_S) as client:
            client.check()
            yield client
        return
    from cluster.connect import connected
    from cluster.rewards import RayRewardClient
    from coderm.config.service import ServiceConfig

    given = {"sandbox": {"type": flags.sandbox}, "cluster": {"address": "local", "executors": 1}}
    config = ServiceConfig.model_validate(given)
    with connected(config.cluster.address), RayRewardClient(config, deadline_s=DEADLINE_S) as client:
        yield client


def arguments() -> argparse.Namespace:
    """Read the flags."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--model", default="smollm2", help="model that writes tests")
    flags.add_argument("--steps", type=int, default=2, help="optimiser steps")
    flags.add_argument("--through", choices=("http", "ray"), default="http", help="where rewards come from")
    flags.add_argument("--url", default="", help="address of the service (default: CODERM_SERVICE_URL, else http://127.0.0.1:8000)")
    flags.add_argument("--sandbox", choices=("docker", "local"), default="docker", help="sandbox of --through ray")
    flags.add_argument("--generations", type=int, default=4, help="tests a problem and step")
    flags.add_argument("--max-tokens", type=int, default=192, help="longest test, tokens")
    flags.add_argument("--out", type=Path, help="where the trained model goes (default: nowhere)")
    flags.add_argument("--seed", type=int, default=0)
    return flags.parse_args()


def main() -> int:
    """Train, and print each step's reward."""
    flags = arguments()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with client_of(flags) as client:
        logged = train(flags, writer_reward(client))
    for step in logged:
        if "reward" in step:
            print(f"step {step['step']}: reward {step['reward']:.3f}, spread {step['reward_std']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
