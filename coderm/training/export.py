"""Writes what was trained as directories that vLLM loads, and reads the result back to measure it.

An adapter is merged in float32, whatever types trained it, and is offered itself too: it is the exact export. A directory
appears whole under its name or not at all.
"""

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coderm.config.training import TrainConfig
from coderm.errors import TrainingError
from coderm.training.fidelity import Answers, Fidelity, answers, compare
from coderm.training.loading import Source, load_model, quiet, stored_dtype
from coderm.training.rendering import Rendered

MODEL = "model"
"""Directory of the whole model, below the output directory."""
ADAPTER = "adapter"
"""Directory of the adapter, in peft's format, which vLLM loads beside the base."""


def export_full(model: Any, source: Source, config: TrainConfig, out: Path, rows: Sequence[Rendered]) -> Fidelity:
    """Write a model that was trained in full, and measure what its rounding to the type on disk changed."""
    import torch

    trained = answers(model, rows)
    base = answers(load_model(source.path, config.model).to(model.device), rows)
    dtype = getattr(torch, _dtype(config, source))
    with directory(out / MODEL) as place:
        weights = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in model.state_dict().items()}
        _save(model, source, place, dtype, weights)
    return compare(base, trained, _read_back(out, config, rows, model.device))


def export_lora(model: Any, source: Source, config: TrainConfig, out: Path, rows: Sequence[Rendered]) -> Fidelity:
    """Write an adapter, and the model that it makes of its base when merged in float32."""
    with directory(out / ADAPTER) as place:
        model.save_pretrained(place)
        source.tokenizer.save_pretrained(place)
    base, trained, merged = _merged(source, config, out / ADAPTER, rows, model.device)
    import torch

    dtype = getattr(torch, _dtype(config, source))
    with directory(out / MODEL) as place:
        _save(merged.to(dtype), source, place, dtype, None)
    return compare(base, trained, _read_back(out, config, rows, model.device))


def _merged(
    source: Source, config: TrainConfig, adapter: Path, rows: Sequence[Rendered], device: Any
) -> tuple[Answers, Answers, Any]:
    """Return what base, and base with adapter, answer, and the two merged; all in float32."""
    from peft import PeftModel

    with quiet():
        both = PeftModel.from_pretrained(load_model(source.path, config.model, "float32").to(device), str(adapter))
    with both.disable_adapter():
        base = answers(both, rows)
    trained = answers(both, rows)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="(?s).*are part of the adapter")  # tied layers: both would change
        try:
            merged = both.merge_and_unload()
        except UserWarning as warning:
            raise TrainingError(
                f"export: the adapter cannot be merged ({str(warning).splitlines()[0]}); serve the adapter itself, {adapter}"
            ) from None
    return base, trained, merged


def _save(model: Any, source: Source, place: Path, dtype: Any, weights: dict[str, Any] | None) -> None:
    model.config.dtype = dtype
    with quiet():
        model.save_pretrained(place, state_dict=weights) if weights is not None else model.save_pretrained(place)
        source.tokenizer.save_pretrained(place)


def _read_back(out: Path, config: TrainConfig, rows: Sequence[Rendered], device: Any) -> Answers:
    """Answer from the files, in float32: whoever loads them has no more."""
    return answers(load_model(str(out / MODEL), config.model, "float32").to(device), rows)


def _dtype(config: TrainConfig, source: Source) -> str:
    return stored_dtype(source.path) if config.export.dtype == "auto" else config.export.dtype


@contextmanager
def directory(target: Path) -> Iterator[Path]:
    """Yield a directory beside `target` that takes its place in the end; after an error an older one stays."""
    aside = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        yield aside
        shutil.rmtree(target, ignore_errors=True)
        aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
