"""How fast `coderm train` trains beside a bare TRL loop with the same settings, in one run on the CPU.

Both train the same model on the same rows, in turn: `coderm train` as its command does, with marks, metrics and measured rows;
the bare loop is SFTTrainer on prompts and completions. Clocks run from the end of the first step to that of the last. CPU seconds
are told beside wall seconds, since a busy machine changes the latter more.

    python benchmarks/train.py                        # smollm2, 5 steps, 2 rounds
    python benchmarks/train.py --model DIR --steps 20
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "train_tiny.toml"


@dataclass(slots=True)
class Clock:
    """Ends of steps, wall and CPU seconds, and tokens seen by then."""

    ends: list[tuple[float, float]] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)

    def speeds(self) -> tuple[float, float]:
        """Tokens a wall second and a CPU second, the first step left out."""
        (wall, cpu), (last_wall, last_cpu) = self.ends[0], self.ends[-1]
        tokens = self.tokens[-1] - self.tokens[0]
        return tokens / (last_wall - wall), tokens / (last_cpu - cpu)


def clocked(clock: Clock) -> Any:
    """Return a callback of transformers that fills the clock."""
    from transformers import TrainerCallback

    class Clocking(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            clock.ends.append((time.perf_counter(), time.process_time()))

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
            if logs and "loss" in logs:
                clock.tokens.append(logs["num_tokens"])

    return Clocking


def ours(config: Any) -> Clock:
    """Train as the command does."""
    from transformers import trainer as library

    from coderm.training.fitting import fit

    clock = Clock()
    library.DEFAULT_CALLBACKS.append(clocked(clock))
    try:
        with tempfile.TemporaryDirectory() as folder:
            fit(config, Path(folder), lambda line: None)
    finally:
        library.DEFAULT_CALLBACKS.pop()
    return clock


def bare(config: Any) -> Clock:
    """Train as TRL's documentation does, on prompts and completions."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import SFTTrainer

    from coderm.training.loading import load_source, quiet
    from coderm.training.recipe import adapter, sft_config

    rows = [json.loads(line)["messages"] for line in Path(config.data.path).read_text("utf-8").splitlines()]
    data = Dataset.from_list([{"prompt": row[:-1], "completion": row[-1:]} for row in rows])
    source, clock = load_source(config), Clock()
    with tempfile.TemporaryDirectory() as folder, quiet():
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(source.path, dtype="float32"),
            args=sft_config(config, Path(folder), evaluate=False),
            train_dataset=data,
            processing_class=source.tokenizer,
            peft_config=adapter(config.method) if config.method.type == "lora" else None,
            callbacks=[clocked(clock)()],
        )
        trainer.train()
    return clock


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=EXAMPLE, help="a config of `coderm train` (default: the tiny example)")
    parser.add_argument("--model", default="smollm2", help="model that is trained")
    parser.add_argument("--steps", type=int, default=5, help="optimiser steps of each training")
    parser.add_argument("--rounds", type=int, default=2, help="times that both are trained in turn")
    options = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from coderm.config.loader import load_train_config

    given = [f"model.name={options.model}", f"optimisation.max_steps={options.steps}", "optimisation.log_steps=1"]
    config = load_train_config(options.config, [*given, "data.held_out_share=0.0"], {})
    config = config.model_copy(update={"quality": config.quality.model_copy(update={"problems": None})})
    found: dict[str, list[tuple[float, float]]] = {"bare": [], "coderm": []}
    for _ in range(options.rounds):
        for name, train in (("bare", bare), ("coderm", ours)):
            found[name].append(train(config).speeds())
            print(f"{name}: {found[name][-1][0]:.0f} tokens/s, {found[name][-1][1]:.0f} tokens a CPU second", flush=True)
    ratios = [statistics.median(mine[place] / other[place] for mine, other in zip(*_both(found), strict=True)) for place in (0, 1)]
    print(f"coderm train against bare TRL: {ratios[0]:.1%} of the tokens/s, {ratios[1]:.1%} of the tokens a CPU second (aim: 95%)")
    print(json.dumps({"wall": ratios[0], "cpu": ratios[1], "runs": found}))


def _both(found: dict[str, list[tuple[float, float]]]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    return found["coderm"], found["bare"]


if __name__ == "__main__":
    main()
