"""How near an exported model is to the one that was trained: the same rows through both, and through the base.

effect_lost compares the error of the export with what the training did: log-probabilities of the response's tokens, by mean
absolute difference. Rounding a merged adapter to bfloat16 can lose a third of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.errors import TrainingError
from coderm.training.measuring import IGNORED, labels
from coderm.training.rendering import Rendered

ROWS = 16
"""Rows looked at: some thousand tokens, seconds even on a CPU."""
WRONG = 0.5
"""Mean difference, in nats a token, that no rounding explains: the export is another model."""
WORTH_A_WORD = 0.1
"""Share of the effect lost from which the exact export is recommended."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answers:
    """Of each response token: its log-probability, and the token that the model finds likeliest."""

    logprobs: Floats
    likeliest: npt.NDArray[np.int64]

    @property
    def loss(self) -> float:
        """Mean negative log-probability of a response token, nats."""
        return float(-self.logprobs.mean())


@dataclass(frozen=True, slots=True)
class Fidelity:
    """An export beside the trained model. Losses in nats a token; agreement: share of tokens with the same likeliest one."""

    base_loss: float
    trained_loss: float
    exported_loss: float
    difference: float
    effect_lost: float
    agreement: float
    tokens: int


def answers(model: Any, rows: Sequence[Rendered]) -> Answers:
    """Run rows through a model, one at a time, and read the response's positions."""
    import torch

    training = model.training
    model.eval()
    logprobs, likeliest = [], []
    with torch.no_grad():
        for row in rows[:ROWS]:
            ids = torch.tensor([[*row.prompt, *row.response]], device=model.device)
            wanted = torch.tensor(labels(row)[1:], device=model.device)
            logits = model(input_ids=ids).logits[0, :-1][wanted != IGNORED].float()
            found = torch.log_softmax(logits, -1)
            logprobs.append(found.gather(1, wanted[wanted != IGNORED][:, None])[:, 0].cpu().numpy())
            likeliest.append(found.argmax(-1).cpu().numpy())
    model.train(training)
    return Answers(np.concatenate(logprobs), np.concatenate(likeliest))


def compare(base: Answers, trained: Answers, exported: Answers) -> Fidelity:
    """Compare. Raises TrainingError when the export is another model than the one that was trained."""
    difference = float(np.abs(exported.logprobs - trained.logprobs).mean())
    effect = float(np.abs(trained.logprobs - base.logprobs).mean())
    if not difference < WRONG:
        raise TrainingError(
            f"export: the exported model differs from the trained one by {difference:.2g} nats a token, far beyond rounding; "
            "use the adapter itself where there is one, and the last checkpoint otherwise"
        )
    return Fidelity(
        base.loss,
        trained.loss,
        exported.loss,
        difference,
        difference / effect if effect else 0.0,
        float((exported.likeliest == trained.likeliest).mean()),
        len(trained.logprobs),
    )
