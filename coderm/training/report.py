"""What a training came to: figures for files, and lines for people."""

from dataclasses import dataclass
from typing import Any

from coderm.training.fidelity import WORTH_A_WORD, Fidelity
from coderm.training.following import Tell
from coderm.training.measurement import told
from coderm.training.movement import FEW, Movement


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to. losses: held-out loss in nats by step; none
    where nothing is held out. quality: figures of written tests by step."""

    identity: str
    steps: int
    begun_at: int
    rows: dict[str, object]
    movement: Movement
    fidelity: Fidelity
    losses: tuple[tuple[int, float], ...]
    quality: tuple[tuple[int, dict[str, Any]], ...] = ()


def tell_result(trained: Trained, tell: Tell) -> None:
    movement, fidelity = trained.movement, trained.fidelity
    parts = f"{movement.tensors - len(movement.still)} of {movement.tensors}"
    tell(f"weights moved: {movement.share:.0%} of those looked at, in {parts} tensors")
    if movement.share < FEW:
        tell('most steps were too small for the weights\' type; train in model.dtype = "float32", or raise the learning rate')
    if len(trained.losses) > 1:
        tell(f"held-out loss: {trained.losses[0][1]:.4f} before, {trained.losses[-1][1]:.4f} after")
    for step, found in (trained.quality[0], trained.quality[-1]) if trained.quality else ():
        tell(f"tests written at step {step}: {told(found)}")
    tell(
        f"export: loss {fidelity.exported_loss:.4f} (trained {fidelity.trained_loss:.4f}, base {fidelity.base_loss:.4f}), same "
        f"likeliest token in {fidelity.agreement:.1%}, {fidelity.effect_lost:.1%} of the effect lost to rounding"
    )
    if fidelity.effect_lost > WORTH_A_WORD:
        tell('rounding costs much of what was learnt: set export.dtype = "float32", or serve the adapter where there is one')
