"""What a training would take: weights, memory of a GPU, tokens, operations and hours. Pure but for the counting of weights.

Weights are counted on a model without storage, so the numbers are those of the architecture, adapters included. Memory, in bytes:

    full: 16 P + activations    (weights, gradients and two moments of AdamW in float32)
    LoRA: w P + 16 A + activations    (w: 4 in float32, 2 in bfloat16; A: weights of the adapter)
    activations: rows x length x width x (4 L + 40 + 12 F / width), with checkpoints of L layers and one layer of inner
                 width F at work; without checkpoints every layer is kept

Operations of a token: 6 P in full, 4 P + 6 A by LoRA, and 6 L width s for attention over s tokens.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.config.training import LoraMethod, TrainConfig
from coderm.training.recipe import adapter

GIB = 2**30
CARD_FLOPS = 990e12
"""bfloat16 operations a second that NVIDIA states for one H100 (SXM), without sparsity."""
CARD_MEMORY = 80e9
"""Bytes of the common H100."""
CARD_SHARE = 0.4
"""Share of them that a training is taken to reach; benchmarks/train_gpu.py measures it."""
PAPER_ROWS = 60_000
"""Pairs that the paper trains on, where the file is not there yet."""
ROW_TOKENS = 1200
"""Tokens of a row, where the file is not there yet: an assumption."""
KNOWN = {
    "meta-llama/Llama-3.1-8B-Instruct": {
        "vocab_size": 128_256,
        "hidden_size": 4096,
        "intermediate_size": 14_336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "tie_word_embeddings": False,
    }
}
"""Shapes of models that need a licence to be read; the paper's."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A model's size. weights, trained: numbers of weights; adapters: those of the adapters among them."""

    weights: int
    trained: int
    adapters: int
    layers: int
    width: int
    inner: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows and tokens of one epoch; assumed: the file was not there."""

    rows: int
    tokens: int
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a training would take. memory: bytes of one GPU; hours: of `workers` H100."""

    steps: int
    tokens: int
    memory: float
    checkpoint: float
    export: float
    hours: float


def shape_of(config: TrainConfig, path: str) -> Shape:
    """Count a model's weights without loading any; path: where its files are, or a hub id that is in KNOWN."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig

    found = LlamaConfig(**KNOWN[path]) if path in KNOWN and not Path(path).is_dir() else AutoConfig.from_pretrained(path)
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(found)
        weights = sum(weight.numel() for weight in model.parameters())
        adapters = trained = 0
        if isinstance(config.method, LoraMethod):
            from peft import get_peft_model

            model = get_peft_model(model, adapter(config.method))
            adapters = sum(weight.numel() for name, weight in model.named_parameters() if "lora_" in name)
        trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    text = found.get_text_config()
    return Shape(weights, trained, adapters, text.num_hidden_layers, text.hidden_size, text.intermediate_size)


def forecast(config: TrainConfig, shape: Shape, rows: Rows) -> Forecast:
    """Work out steps, tokens, memory, bytes on disk and hours."""
    how, workers = config.optimisation, max(1, config.workers.count)
    length = config.data.max_length if how.packing else max(1, rows.tokens // max(1, rows.rows))
    packed = -(-rows.tokens // length) if how.packing else rows.rows
    steps = how.max_steps or max(1, round(how.epochs * packed / how.batch))
    tokens = min(steps * how.batch * length, round(how.epochs * rows.tokens)) if not how.max_steps else steps * how.batch * length
    size = 2 if config.model.dtype == "bfloat16" else 4
    frozen = shape.weights + shape.adapters - shape.trained
    memory = size * frozen + 16 * shape.trained + activations(config, shape, length)
    document = min(length, max(1, rows.tokens // max(1, rows.rows)))
    operations = 6 * shape.trained + 4 * frozen + 6 * shape.layers * shape.width * document
    hours = tokens * operations / (CARD_FLOPS * CARD_SHARE * workers) / 3600
    return Forecast(steps, tokens, memory, 12.0 * shape.trained, 2.0 * shape.weights, hours)


def activations(config: TrainConfig, shape: Shape, length: int) -> float:
    """Bytes of what a forward pass keeps for the way back."""
    one_layer = 40 + 12 * shape.inner / shape.width
    kept = 4 * shape.layers + one_layer if config.optimisation.gradient_checkpointing else shape.layers * one_layer
    return config.optimisation.device_batch * length * shape.width * kept
