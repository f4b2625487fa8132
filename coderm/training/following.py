"""What happens beside the steps of a training: marks on whole checkpoints, lines of metrics, and what people are told."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.storage.jsonl import write_jsonl
from coderm.training.checkpoints import mark_whole
from coderm.training.measurement import finite

METRICS = "metrics.jsonl"
Tell = Callable[[str], None]


Measure = Callable[[], dict[str, Any]]
"""Returns figures of the model as it is now, on the main process; nothing on the others."""


@dataclass(frozen=True, slots=True)
class Following:
    """What a follower needs. barrier: waits for all workers; measure: at the start, every so many steps, and in the end."""

    identity: str
    directory: Path
    tell: Tell
    barrier: Callable[[], None]
    measure: Measure | None = None
    every: int | None = None


def make_follower(what: Following) -> Any:
    """Return a callback of transformers."""
    from transformers import TrainerCallback

    class Follower(TrainerCallback):  # type: ignore[misc]
        """Marks, writes and measures."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if what.measure is not None and not state.global_step:
                state.log_history.append({"step": 0, **what.measure()})
            self._write(state)

        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            at = state.global_step
            if what.measure is not None and (at >= state.max_steps or (what.every and not at % what.every)):
                state.log_history.append({"step": at, **what.measure()})
            if at >= state.max_steps:
                control.should_save = True  # what is exported can be gone on from

        def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            what.barrier()  # every worker writes a part
            if state.is_world_process_zero:
                mark_whole(Path(args.output_dir) / f"checkpoint-{state.global_step}", what.identity)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **more: Any) -> None:
            self._write(state)
            if state.is_world_process_zero and logs and (line := told(logs)):
                what.tell(f"step {state.global_step} of {state.max_steps}: {line}")

        def _write(self, state: Any) -> None:
            if state.is_world_process_zero:
                write_jsonl(what.directory / METRICS, map(finite, state.log_history))

    return Follower()


def told(logs: dict[str, Any]) -> str:
    """Return what a line of the trainer says to people."""
    names = {"loss": "loss", "eval_loss": "held-out loss", "learning_rate": "learning rate", "grad_norm": "gradient"}
    return ", ".join(f"{text} {float(logs[name]):.4g}" for name, text in names.items() if name in logs)
