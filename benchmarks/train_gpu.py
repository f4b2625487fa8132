"""What one GPU trains: tokens/s, peak memory and the share of its own measured bf16 matrix speed, by TRL with packing.

Two models of Llama's shape with random weights, a minute each: 1B in full, 8B by LoRA. Nothing is downloaded. Nothing of this
project is imported: torch, transformers, trl, peft, accelerate and datasets are enough. Each model has a process of its own, so
that its peak of memory is its own.

    python benchmarks/train_gpu.py                  # a minute each, under five minutes with imports
    python benchmarks/train_gpu.py --only full-1b --seconds 20 --attention sdpa flex_attention
    python benchmarks/train_gpu.py --tiny           # the same code on a CPU, with models of a million weights

Operations of a token, with P the weights that take part in a matrix product (all but the input embedding; tied weights count
once, as the head), L layers, width d and s the mean length of the documents that attention sees:

    full: 6 P + 6 L d s        (2 P forward and 4 P backward; causal attention is half of 12 L d s)
    LoRA: 4 P + 6 L d s + 6 A  (frozen weights need no gradient of their own; A: weights of the adapter)

What checkpoints of activations compute again is no work of the model's, and is not counted.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

WARM_STEPS = 4
"""Steps before the clock starts: compilation, allocator and autotuning are in them."""
DOCUMENT_TOKENS = (400, 0.6)
"""Median and spread (sigma of the logarithm) of a document's length: a problem, a program and its unit test."""


@dataclass(frozen=True)
class Shape:
    """A model of Llama's shape and how it is trained."""

    name: str
    vocabulary: int
    width: int
    inner: int
    layers: int
    heads: int
    key_heads: int
    tied: bool
    lora_rank: int
    batch: int
    length: int
    checkpointing: bool


@dataclass(frozen=True)
class Setting:
    """What a run varies."""

    attention: str
    packing: str
    compiled: bool
    weights: str
    seconds: float


@dataclass(frozen=True)
class Figures:
    """What a run measured. share: of the card's own bf16 matrix speed, both in operations a second."""

    model: str
    setting: Setting
    parameters: int
    trained: int
    steps: int
    tokens: int
    seconds: float
    tokens_per_s: float
    tflops: float
    peak_gib: float
    first_loss: float
    last_loss: float


SHAPES = {
    "full-1b": Shape("full-1b", 128_256, 2048, 8192, 16, 32, 8, True, 0, 8, 2048, False),
    "lora-8b": Shape("lora-8b", 128_256, 4096, 14_336, 32, 32, 8, False, 16, 4, 2048, False),
}
TINY = {
    "full-1b": Shape("full-1b", 512, 64, 128, 2, 4, 2, True, 0, 2, 128, False),
    "lora-8b": Shape("lora-8b", 512, 64, 128, 2, 4, 2, False, 4, 2, 128, True),
}


def measure_matrix_speed(size: int = 8192, repeats: int = 30) -> float:
    """Operations a second of a product of two random bf16 matrices, the median of `repeats`; on a CPU a small one."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    size, repeats = (size, repeats) if device == "cuda" else (512, 5)
    a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    times = []
    for _ in range(repeats + 3):
        started = _now(torch)
        torch.matmul(a, b)
        times.append(_now(torch) - started)
    return 2 * size**3 / sorted(times[3:])[repeats // 2]


def _now(torch: Any) -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def train(shape: Shape, setting: Setting, seed: int = 0) -> Figures:
    """Train for `setting.seconds` after the first WARM_STEPS steps."""
    import torch
    from peft import LoraConfig

    torch.manual_seed(seed)
    gpu = torch.cuda.is_available()
    watched = _watched(setting.seconds)
    rank = shape.lora_rank
    data, mean_length = _make_documents(shape, seed)
    trainer = watched.trainer(
        model=_make_model(shape, setting, gpu),
        args=_settings(shape, setting, gpu, seed),
        train_dataset=data,
        processing_class=_make_tokenizer(shape),
        peft_config=LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear") if rank else None,
        callbacks=[watched.clock],
    )
    trainer.train()
    return _figures(shape, setting, trainer.model, watched, mean_length)


@dataclass(slots=True)
class Watched:
    """A trainer's class and a callback that note, for each step, its tokens, its loss and when it ended."""

    trainer: Any
    clock: Any
    tokens: list[int]
    losses: list[Any]
    ends: list[float]

    @property
    def seconds(self) -> float:
        """Time of the steps after the warm-up."""
        return self.ends[-1] - self.ends[WARM_STEPS - 1]


def _watched(seconds: float) -> Watched:
    import torch
    from transformers import TrainerCallback
    from trl import SFTTrainer

    tokens: list[int] = []
    losses: list[Any] = []
    ends: list[float] = []

    class Counting(SFTTrainer):  # type: ignore[misc]
        def training_step(self, model: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
            tokens.append(inputs["input_ids"].numel())
            losses.append(super().training_step(model, inputs, *rest, **named))
            return losses[-1]

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **named: Any) -> Any:
            ends.append(_now(torch))
            if len(ends) > WARM_STEPS and ends[-1] - ends[WARM_STEPS - 1] >= seconds:
                control.should_training_stop = True
            return control

    return Watched(Counting, Clock(), tokens, losses, ends)


def _settings(shape: Shape, setting: Setting, gpu: bool, seed: int) -> Any:
    from trl import SFTConfig

    return SFTConfig(
        output_dir="unused",
        per_device_train_batch_size=shape.batch,
        max_length=shape.length,
        packing=True,
        packing_strategy=setting.packing,
        max_steps=1_000_000,
        learning_rate=1e-5,
        bf16=gpu,
        use_cpu=not gpu,
        gradient_checkpointing=shape.checkpointing,
        torch_compile=setting.compiled,
        optim="adamw_torch_fused",
        logging_steps=1_000_000,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=seed,
    )


def _figures(shape: Shape, setting: Setting, model: Any, watched: Watched, mean_length: float) -> Figures:
    import torch

    weights = list(model.parameters())
    total, trained = (sum(weight.numel() for weight in weights if every or weight.requires_grad) for every in (True, False))
    counted = sum(watched.tokens[WARM_STEPS:])
    speed = counted / watched.seconds
    return Figures(
        model=shape.name,
        setting=setting,
        parameters=total,
        trained=trained,
        steps=len(watched.ends) - WARM_STEPS,
        tokens=counted,
        seconds=watched.seconds,
        tokens_per_s=speed,
        tflops=_operations_per_token(shape, total, trained, mean_length) * speed / 1e12,
        peak_gib=torch.cuda.max_memory_reserved() / 2**30 if torch.cuda.is_available() else 0.0,
        first_loss=float(watched.losses[0]),
        last_loss=float(watched.losses[-1]),
    )


def _operations_per_token(shape: Shape, parameters: int, trained: int, mean_length: float) -> float:
    embedding = 0 if shape.tied else shape.vocabulary * shape.width
    attention = 6 * shape.layers * shape.width * mean_length
    if not shape.lora_rank:
        return 6 * (parameters - embedding) + attention
    return 4 * (parameters - trained - embedding) + 6 * trained + attention


def _make_model(shape: Shape, setting: Setting, gpu: bool) -> Any:
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        max_position_embeddings=max(8192, shape.length),
        tie_word_embeddings=shape.tied,
        use_cache=False,
    )
    dtype = torch.bfloat16 if shape.lora_rank and gpu else getattr(torch, setting.weights)
    with torch.device("cuda" if gpu else "cpu"):
        return AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=setting.attention)


def _make_documents(shape: Shape, seed: int) -> tuple[Any, float]:
    """Random documents, and the mean length that a token's attention sees, tokens."""
    import numpy as np
    from datasets import Dataset

    random = np.random.default_rng(seed)
    median, sigma = DOCUMENT_TOKENS
    count = 4000 if shape.vocabulary > 1000 else 200
    lengths = np.clip(random.lognormal(np.log(min(median, shape.length / 4)), sigma, count), 8, shape.length).astype(int)
    texts = [random.integers(3, shape.vocabulary, length).tolist() for length in lengths]
    return Dataset.from_dict({"input_ids": texts}), float((lengths.astype(float) ** 2).sum() / lengths.sum())


def _make_tokenizer(shape: Shape) -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    words = {f"w{place}": place for place in range(3, shape.vocabulary)}
    words |= {"<pad>": 0, "<s>": 1, "</s>": 2}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(words, unk_token="<pad>")), pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )


def _run_apart(shape: Shape, setting: Setting, queue: Any) -> None:
    import traceback

    try:
        queue.put(train(shape, setting))
    except Exception as error:  # noqa: BLE001 - told by the parent; the next setting runs all the same
        traceback.print_exc()
        queue.put(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


def _matrix_apart(queue: Any) -> None:
    queue.put(measure_matrix_speed())


def _apart(target: Any, *arguments: Any) -> Any:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=target, args=(*arguments, queue))
    process.start()
    answer = queue.get()
    process.join()
    return answer


def main() -> None:
    """Measure and print; the last line is JSON."""
    options = _options()
    speed = _apart(_matrix_apart)
    print(f"bf16 matrix speed: {speed / 1e12:.0f} TFLOP/s", flush=True)
    plans = [(shape, setting) for shape in _shapes(options) for setting in _varied(options, shape)]
    rows = [row for shape, setting in plans if (row := _measured(shape, setting, speed)) is not None]
    print(json.dumps({"matrix_tflops": speed / 1e12, "runs": rows}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(SHAPES), default=sorted(SHAPES), help="models to train")
    parser.add_argument("--seconds", type=float, default=60.0, help="time of each training after its warm-up")
    parser.add_argument("--attention", nargs="*", default=["sdpa"], help="attention implementations of transformers")
    parser.add_argument("--packing", nargs="*", default=["bfd"], choices=["bfd", "wrapped"], help="packing strategies of TRL")
    parser.add_argument("--compile", nargs="*", default=["no"], choices=["yes", "no"], help="whether torch.compile runs the model")
    parser.add_argument(
        "--weights", nargs="*", default=["float32"], choices=["float32", "bfloat16"], help="type of weights that train"
    )
    parser.add_argument("--batch", type=int, default=0, help="rows of a step; 0: the model's own")
    parser.add_argument("--length", type=int, default=0, help="tokens of a row; 0: the model's own")
    parser.add_argument("--tiny", action="store_true", help="models of a million weights, to try the script on a CPU")
    return parser.parse_args()


def _shapes(options: argparse.Namespace) -> Iterator[Shape]:
    for name in options.only:
        shape = (TINY if options.tiny else SHAPES)[name]
        yield replace(shape, batch=options.batch or shape.batch, length=options.length or shape.length)


def _varied(options: argparse.Namespace, shape: Shape) -> Iterator[Setting]:
    """Yield every combination that was asked for; the frozen weights of LoRA have one type."""
    weights = options.weights[:1] if shape.lora_rank else options.weights
    for attention, packing, compiled, dtype in product(options.attention, options.packing, options.compile, weights):
        yield Setting(attention, packing, compiled == "yes", dtype, options.seconds)


def _measured(shape: Shape, setting: Setting, speed: float) -> dict[str, Any] | None:
    """Train in a process of its own and print; None where it failed. speed: the card's own, operations a second."""
    started = time.monotonic()
    found = _apart(_run_apart, shape, setting)
    size = f"{shape.batch}x{shape.length}"
    label = f"{shape.name} {size} {setting.attention} {setting.packing} compile={setting.compiled} {setting.weights}"
    if isinstance(found, str):
        print(f"{label}: failed: {found}", flush=True)
        return None
    share, wall_s = found.tflops * 1e12 / speed, time.monotonic() - started
    print(
        f"{label}: {found.tokens_per_s:,.0f} tokens/s, {found.tflops:.1f} TFLOP/s, {share:.0%} of the card's, "
        f"peak {found.peak_gib:.1f} GiB, {found.steps} steps, loss {found.first_loss:.2f} -> {found.last_loss:.2f}, "
        f"{wall_s:.0f} s",
        flush=True,
    )
    return {**asdict(found), "share": share, "wall_s": wall_s}


if __name__ == "__main__":
    main()
