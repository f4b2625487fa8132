"""How fast `coderm train` trains beside a bare TRL loop with the same settings, in one process on the CPU.

Both train the same model on the same rows and take turns, step by step, so that a busy machine slows both: `coderm train` as its
command does, with marks, metrics and measured rows; the bare loop is SFTTrainer on prompts and completions. A step is all that is
done from the end of the one before to its own, logging and loading included. The first one is left out.

    OMP_NUM_THREADS=1 python benchmarks/train.py                    # smollm2, 6 steps
    python benchmarks/train.py --model DIR --steps 40
"""

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "train_tiny.toml"
BARE, OURS = "bare", "coderm"


@dataclass(slots=True)
class Turns:
    """Lets two threads train in turn: one makes a step while the other waits."""

    whose: str = BARE
    trained: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, name: str) -> None:
        """Return when it is this one's turn."""
        with self._changed:
            self._changed.wait_for(lambda: self.whose == name or len(self.trained) > 0)

    def give(self, name: str) -> None:
        """Let the other one make a step, and wait for the next turn."""
        with self._changed:
            self.whose = OURS if name == BARE else BARE
            self._changed.notify_all()
        self.wait(name)

    def leave(self, name: str, *, wait: bool = False) -> None:
        """No more steps will come. wait: until the other one has made its last one, too."""
        with self._changed:
            self.trained.add(name)
            self._changed.notify_all()
            if wait:
                self._changed.wait_for(lambda: len(self.trained) == len((BARE, OURS)))


@dataclass(slots=True)
class Clock:
    """Wall seconds, CPU seconds and tokens of each step but the first."""

    name: str
    turns: Turns
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)
    _begun: tuple[float, float] | None = None

    def step(self, *, last: bool) -> None:
        """Note the step that has ended, and let the other one make its own."""
        if self._begun is not None:
            self.wall.append(time.perf_counter() - self._begun[0])
            self.cpu.append(time.process_time() - self._begun[1])
            print(f"{self.name}: step of {self.wall[-1]:.2f} s, {self.cpu[-1]:.2f} CPU s", flush=True)
        if last:
            self.turns.leave(self.name, wait=True)
        else:
            self.turns.give(self.name)
        self._begun = time.perf_counter(), time.process_time()

    def steps(self) -> list[float]:
        """Return the tokens of each step but the first."""
        return [after - before for before, after in pairwise(self.tokens)]


def clocked(clocks: threading.local) -> Any:
    """Return a callback of transformers that fills the clock of the thread that trains."""
    from transformers import TrainerCallback

    class Clocking(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            clocks.mine.step(last=state.global_step >= state.max_steps)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
            if logs and "loss" in logs:
                clocks.mine.tokens.append(logs["num_tokens"])

    return Clocking


def ours(config: Any) -> None:
    """Train as the command does."""
    from coderm.training.fitting import fit

    with tempfile.TemporaryDirectory() as folder:
        fit(config, Path(folder), lambda line: None)


def bare(config: Any) -> None:
    """Train as TRL's documentation does, on prompts and completions."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import SFTTrainer

    from coderm.training.loading import load_source, quiet
    from coderm.training.recipe import adapter, sft_config

    rows = [json.loads(line)["messages"] for line in Path(config.data.path).read_text("utf-8").splitlines()]
    data = Dataset.from_list([{"prompt": row[:-1], "completion": row[-1:]} for row in rows])
    source = load_source(config)
    with tempfile.TemporaryDirectory() as folder, quiet():
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(source.path, dtype="float32"),
            args=sft_config(config, Path(folder), evaluate=False),
            train_dataset=data,
            processing_class=source.tokenizer,
            peft_config=adapter(config.method) if config.method.type == "lora" else None,
        )
        trainer.train()


def together(config: Any) -> tuple[Clock, Clock]:
    """Train with both, each in a thread of its own; return the clocks of the bare loop and of ours."""
    from transformers import trainer as library

    turns, clocks = Turns(), threading.local()

    def train(name: str, run: Callable[[Any], None]) -> Clock:
        clocks.mine = clock = Clock(name, turns)
        turns.wait(name)  # also to load
        try:
            run(config)
        finally:
            turns.leave(name)
        return clock

    library.DEFAULT_CALLBACKS.append(clocked(clocks))
    try:
        with ThreadPoolExecutor(2) as threads:
            both = [threads.submit(train, name, run) for name, run in ((BARE, bare), (OURS, ours))]
            return both[0].result(), both[1].result()
    finally:
        library.DEFAULT_CALLBACKS.pop()


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=EXAMPLE, help="a config of `coderm train` (default: the tiny example)")
    parser.add_argument("--model", default="smollm2", help="model that is trained")
    parser.add_argument("--steps", type=int, default=6, help="optimiser steps of each training")
    options = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from coderm.config.loader import load_train_config

    given = [f"model.name={options.model}", f"optimisation.max_steps={options.steps}", "optimisation.log_steps=1"]
    config = load_train_config(options.config, [*given, "data.held_out_share=0.0"], {})
    config = config.model_copy(update={"quality": config.quality.model_copy(update={"problems": None})})
    print(json.dumps(figures(*together(config))))


def figures(theirs: Clock, mine: Clock) -> dict[str, Any]:
    """Print what was measured and return it.

    A step has the same rows on both sides, but the bare loop also learns what a template writes behind an answer.
    """
    for clock in (theirs, mine):
        tokens = sum(clock.steps())
        print(f"{clock.name}: {tokens / sum(clock.wall):.1f} tokens/s, {tokens / sum(clock.cpu):.1f} tokens a CPU second")
    other, own = ([tokens / wall for tokens, wall in zip(clock.steps(), clock.wall, strict=True)] for clock in (theirs, mine))
    ratios = {
        "wall": sum(mine.steps()) / sum(mine.wall) * sum(theirs.wall) / sum(theirs.steps()),
        "wall_median": statistics.median(ours / bare for ours, bare in zip(own, other, strict=True)),
        "cpu": sum(mine.steps()) / sum(mine.cpu) * sum(theirs.cpu) / sum(theirs.steps()),
    }
    print(
        f"coderm train against bare TRL: {ratios['wall']:.1%} of the tokens/s, {ratios['wall_median']:.1%} in the median step, "
        f"{ratios['cpu']:.1%} of the tokens a CPU second (aim: 95%)"
    )
    return ratios | {"bare": other, "coderm": own}


if __name__ == "__main__":
    main()
