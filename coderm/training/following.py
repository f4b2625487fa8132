"""What happens beside the steps of a training: marks on whole checkpoints, lines of metrics, and what people are told."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coderm.storage.jsonl import write_jsonl
from coderm.training.checkpoints import mark_whole

METRICS = "metrics.jsonl"
Tell = Callable[[str], None]


def make_follower(identity: str, directory: Path, tell: Tell, barrier: Callable[[], None], before: dict[str, Any]) -> Any:
    """Return a callback of transformers. before: first line of the metrics; barrier: waits for all workers."""
    from transformers import TrainerCallback

    class Follower(TrainerCallback):  # type: ignore[misc]
        """Marks, writes and measures."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            self._write(state)

        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if state.global_step >= state.max_steps:
                control.should_save = True  # what is exported can be gone on from

        def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            barrier()  # every worker writes a part
            if state.is_world_process_zero:
                mark_whole(Path(args.output_dir) / f"checkpoint-{state.global_step}", identity)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **more: Any) -> None:
            self._write(state)
            if state.is_world_process_zero and logs and (line := told(logs)):
                tell(f"step {state.global_step} of {state.max_steps}: {line}")

        def _write(self, state: Any) -> None:
            if state.is_world_process_zero:
                write_jsonl(directory / METRICS, map(finite, [before, *state.log_history]))

    return Follower()


def told(logs: dict[str, Any]) -> str:
    """Return what a line of the trainer says to people."""
    names = {"loss": "loss", "eval_loss": "held-out loss", "learning_rate": "learning rate", "grad_norm": "gradient"}
    return ", ".join(f"{text} {float(logs[name]):.4g}" for name, text in names.items() if name in logs)


def finite(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line without numbers that JSON has no name for."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}
