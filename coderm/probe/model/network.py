"""The two-layer network: trained by torch, applied by numpy.

One member is linear, SiLU, linear; the loss is the cross-entropy with soft labels, weighted by the number of candidates behind
each label (Ma et al., section on the probe). Training uses one thread and a generator of its own, so that the same call gives
the same bits on the same machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.arrays import BoolArray, FloatArray
from coderm.probe.model.calibration import sigmoid
from coderm.probe.settings import ProbeSettings

Floats = npt.NDArray[np.float32]

SMALLEST_RATE = 0.01
"""The last bias starts at the logit of the mean rate, kept this far from 0 and 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """inner: (H, F). inner_bias, outer: (H,). outer_bias: (1,). epochs: steps taken when the held-out loss was smallest."""

    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats
    epochs: int = 0

    def __call__(self, inputs: Floats) -> FloatArray:
        """(P,) logits of (P, F) inputs."""
        hidden = inputs.astype(np.float64) @ self.inner.T.astype(np.float64) + self.inner_bias
        return np.asarray((hidden * sigmoid(hidden)) @ self.outer.astype(np.float64) + self.outer_bias[0])


def train_network(
    inputs: Floats, rates: FloatArray, weights: FloatArray, held: BoolArray, settings: ProbeSettings, seed: int
) -> Network:
    """Fit one member on the problems that are not `held` and stop early on those that are. All arrays have P rows.

    rates in [0, 1], 0 and 1 included; weights positive.
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as loss_of

    with _reproducible(seed):
        x, y = torch.from_numpy(inputs), torch.from_numpy(rates.astype(np.float32))
        w = torch.from_numpy((weights / weights.mean()).astype(np.float32))
        train, test = torch.from_numpy(~held), torch.from_numpy(held)
        model = _fresh(inputs.shape[1], float(np.average(rates[~held], weights=weights[~held])), settings)
        optimiser = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        best, best_loss = _frozen(model, 0), float("inf")
        for epoch in range(settings.epochs + 1):
            model.eval()
            with torch.no_grad():
                loss = float(loss_of(model(x[test])[:, 0], y[test], w[test]))
            if loss < best_loss:
                best, best_loss = _frozen(model, epoch), loss
            elif epoch - best.epochs >= settings.patience:
                break
            model.train()
            optimiser.zero_grad()
            loss_of(model(x[train])[:, 0], y[train], w[train]).backward()
            optimiser.step()
        return best


def _fresh(features: int, rate: float, settings: ProbeSettings) -> Any:
    import torch

    drop = torch.nn.Dropout(settings.dropout)
    inner, outer = torch.nn.Linear(features, settings.width), torch.nn.Linear(settings.width, 1)
    kept = min(max(rate, SMALLEST_RATE), 1 - SMALLEST_RATE)
    with torch.no_grad():
        outer.bias.fill_(float(np.log(kept / (1 - kept))))
    return torch.nn.Sequential(drop, inner, torch.nn.SiLU(), drop, outer)


def _frozen(model: Any, epochs: int) -> Network:
    inner, outer = model[1], model[4]
    parts = [part.detach().numpy().copy() for part in (inner.weight, inner.bias, outer.weight[0], outer.bias)]
    return Network(parts[0], parts[1], parts[2], parts[3], epochs)


@contextmanager
def _reproducible(seed: int) -> Iterator[None]:
    """Seed torch for the block and use one thread, since sums depend on how they are cut up; put both back."""
    import torch

    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
