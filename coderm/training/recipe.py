"""The recipe of supervised fine-tuning: a config in TRL's terms, and the trainer.

Rows come as token ids with labels, so TRL renders and cuts nothing; it packs them, and accelerate spreads them over the workers.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coderm.config.training import LoraMethod, TrainConfig
from coderm.errors import ConfigError
from coderm.training.loading import Source
from coderm.training.measuring import Measured, labels

NOT_YET = 10**9
"""A number of steps that no training has."""


def make_trainer(config: TrainConfig, source: Source, model: Any, rows: Measured, held_out: Measured, settings: Any) -> Any:
    """Return a TRL trainer under the settings of `sft_config`."""
    from transformers import PrinterCallback
    from trl import SFTTrainer

    trainer = SFTTrainer(
        model=model,
        args=settings,
        train_dataset=token_rows(rows),
        eval_dataset=token_rows(held_out) if held_out.rows else None,
        processing_class=source.tokenizer,
        peft_config=adapter(config.method) if isinstance(config.method, LoraMethod) else None,
    )
    trainer.remove_callback(PrinterCallback)  # the follower tells
    return trainer


def sft_config(config: TrainConfig, directory: Path, *, evaluate: bool) -> Any:
    """Return TRL's settings; everything that decides the weights is named, since the defaults differ by library and device."""
    from trl import SFTConfig

    how, device = config.optimisation, has_gpu()
    return SFTConfig(
        output_dir=str(directory),
        num_train_epochs=how.epochs,
        max_steps=how.max_steps or -1,
        learning_rate=how.rate(config.method),
        lr_scheduler_type=how.schedule,
        warmup_steps=how.warmup,
        weight_decay=how.weight_decay,
        max_grad_norm=how.max_grad_norm,
        optim="adamw_torch_fused" if device else "adamw_torch",
        per_device_train_batch_size=how.device_batch,
        per_device_eval_batch_size=how.device_batch,
        gradient_accumulation_steps=accumulation(config, world_size()),
        max_length=config.data.max_length,
        packing=how.packing,
        eval_packing=False,
        bf16=uses_bfloat16(config),
        use_cpu=not device,
        gradient_checkpointing=how.gradient_checkpointing,
        save_strategy="steps",
        save_steps=config.checkpoints.every_steps,
        save_total_limit=config.checkpoints.keep,
        eval_strategy="steps" if evaluate else "no",
        eval_steps=how.evaluate_steps if evaluate else NOT_YET,
        logging_steps=how.log_steps,
        report_to="none",
        disable_tqdm=True,
        seed=config.seed,
        data_seed=config.seed,
        dataloader_pin_memory=device,
    )


def adapter(method: LoraMethod) -> Any:
    """Return peft's settings; without targets every linear layer but the head."""
    from peft import LoraConfig

    return LoraConfig(
        r=method.rank,
        lora_alpha=method.alpha,
        lora_dropout=method.dropout,
        target_modules=list(method.targets) or "all-linear",
        modules_to_save=list(method.whole) or None,
        task_type="CAUSAL_LM",
    )


def token_rows(found: Measured) -> Any:
    """Return a data set of token ids and labels: integers only, which nothing on the way changes."""
    import numpy as np
    from datasets import Dataset

    ids: Sequence[Any] = [np.array((*row.prompt, *row.response), np.int32) for row in found.rows]
    return Dataset.from_dict({"input_ids": ids, "labels": [np.array(labels(row), np.int32) for row in found.rows]})


def accumulation(config: TrainConfig, world: int) -> int:
    """Return the forward passes of one optimiser step. Raises ConfigError when a step is no multiple of one pass of all workers."""
    once = config.optimisation.device_batch * world
    if config.optimisation.batch % once:
        raise ConfigError(
            f"optimisation.batch = {config.optimisation.batch} is no multiple of device_batch x workers = {once}; change one"
        )
    return config.optimisation.batch // once


def world_size() -> int:
    """Processes that train together, as accelerate, torchrun and Ray Train say it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def has_gpu() -> bool:
    """Whether this process trains on a GPU."""
    import torch

    return bool(torch.cuda.is_available())


def uses_bfloat16(config: TrainConfig) -> bool:
    """Whether matrix products are bfloat16. Raises ConfigError where that is asked of a device that has none."""
    import torch

    able = has_gpu() and bool(torch.cuda.is_bf16_supported())
    if config.model.autocast == "bfloat16" and has_gpu() and not able:
        raise ConfigError('model.autocast = "bfloat16": this GPU has no bfloat16; set "auto" or "off"')
    return able if config.model.autocast == "auto" else config.model.autocast == "bfloat16"
