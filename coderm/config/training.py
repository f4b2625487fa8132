"""The configuration of a training: `coderm train CONFIG.toml`.

Owns names, types, ranges and defaults. The defaults of the optimiser are those of the nearest published analogue of the
paper's stage 4, which states none: one epoch, learning rate 1e-5, cosine, warm-up 0.1, batch 128.
"""

import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from coderm.config.paths import FilePath, ModelName
from coderm.config.schema import ProblemsConfig, SamplingConfig, SandboxConfig, Section


class TrainedModel(Section):
    """The model that is trained."""

    name: ModelName = "smollm2"
    """Hub id, local directory, or `smollm2`."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Type of the weights in memory. Small steps are rounded away in bfloat16: use it for the frozen base of LoRA only."""
    autocast: Literal["auto", "off", "bfloat16"] = "auto"
    """Type of the matrix products; `auto` is bfloat16 on a device that has it and float32 elsewhere."""
    attention: str = ""
    """Attention implementation of transformers, such as flash_attention_2; empty takes transformers' own choice."""


class TrainingData(Section):
    """What is learnt: chats whose last turn is the answer."""

    path: FilePath
    """JSON Lines of {messages, task_id}."""
    held_out: FilePath = ""
    """Rows that are measured and never learnt, in the same form; empty: a share of `path`."""
    held_out_share: float = Field(0.05, ge=0, lt=1)
    """Share of the tasks of `path` that is held out where `held_out` is empty; a task is on one side only."""
    max_length: int = Field(4096, ge=8)
    """Most tokens of a row, prompt and answer together; a longer row is left out, never cut (paper's context: 4096)."""
    prompt_style: Literal["clean", "released"] = "clean"
    """`clean`: the chat template with its generation prompt, as a chat endpoint renders it. `released`: as the released CodeRM
    code renders it, without the generation prompt and with the tokenizer's special tokens put in front once more."""
    date: datetime.date = datetime.date(2024, 7, 26)
    """Date that templates show which ask for today's (the one of Llama 3.1's own template), so that prompts stay the same."""
    licence: str = ""
    """Licence of the data, for the model card."""


class FullMethod(Section):
    """Every weight is trained."""

    type: Literal["full"] = "full"
    """Names this method."""


class LoraMethod(Section):
    """Low-rank adapters are trained; the base stays as it is."""

    type: Literal["lora"] = "lora"
    """Names this method."""
    rank: int = Field(16, ge=1)
    """Rank of the adapters."""
    alpha: float = Field(32.0, gt=0)
    """Scale of the adapters: their product counts alpha / rank times."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Share of an adapter's inputs that is dropped in training."""
    targets: tuple[str, ...] = ()
    """Names of the modules that get an adapter; none: every linear layer but the head."""
    whole: tuple[str, ...] = ()
    """Names of modules that are trained in full beside the adapters, such as lm_head."""


Method = Annotated[FullMethod | LoraMethod, Field(discriminator="type")]


class Optimisation(Section):
    """How the weights move."""

    epochs: float = Field(1.0, gt=0)
    """Passes over the rows."""
    max_steps: int | None = Field(None, ge=1)
    """Optimiser steps, whatever the epochs."""
    learning_rate: float | None = Field(None, gt=0)
    """Highest learning rate; absent: 1e-5 in full, 2e-4 by LoRA, whose weights begin at zero."""
    schedule: Literal["cosine", "linear", "constant_with_warmup"] = "cosine"
    """What the learning rate does after its warm-up."""
    warmup: float = Field(0.1, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    batch: int = Field(128, ge=1)
    """Rows of one optimiser step, over all workers; a packed row holds several examples."""
    device_batch: int = Field(1, ge=1)
    """Rows of one forward pass on one device; `batch` is a multiple of it times the workers."""
    packing: bool = True
    """Put several examples into one row of `max_length` tokens; attention stays within each."""
    gradient_checkpointing: bool = True
    """Compute activations a second time instead of keeping them: less memory, about a fifth slower."""
    weight_decay: float = Field(0.0, ge=0)
    """AdamW's weight decay."""
    max_grad_norm: float = Field(1.0, ge=0)
    """Gradients are scaled down to this norm; 0 leaves them."""
    log_steps: int = Field(10, ge=1)
    """Steps between two lines of metrics.jsonl."""
    evaluate_steps: int = Field(100, ge=1)
    """Steps between two measurements of the held-out loss."""

    def rate(self, method: FullMethod | LoraMethod) -> float:
        """Highest learning rate."""
        return self.learning_rate or (1e-5 if isinstance(method, FullMethod) else 2e-4)


class Checkpoints(Section):
    """What a training that was stopped goes on from."""

    every_steps: int = Field(200, ge=1)
    """Steps between two checkpoints."""
    keep: int = Field(2, ge=2)
    """Newest checkpoints that are kept; two at least, since the newest one may be half written when the training is killed."""


class QualityConfig(Section):
    """Test quality of the model under training: it writes tests for held-out problems, and they are executed."""

    problems: ProblemsConfig | None = None
    """Problems with a reference and hidden checks that no row of the data is about; absent: test quality is not measured."""
    candidates: FilePath = ""
    """Programs that the tests judge, {task_id, solutions}, labelled by the hidden checks; the mutants judge beside them."""
    tests: int = Field(4, ge=1)
    """Tests written for each problem at each measurement."""
    mutants: int = Field(8, ge=0)
    """Mutants of a reference that fail its hidden checks; the tests should fail them too."""
    every_steps: int | None = Field(None, ge=1)
    """Steps between two measurements; absent: before and after the training only."""
    sampling: SamplingConfig = SamplingConfig()
    """How tests are sampled."""
    batch: int = Field(16, ge=1)
    """Tests written at once on one device; a step of decoding takes little longer for many than for one."""


class ExportConfig(Section):
    """The directory that vLLM loads."""

    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Type of the weights on disk; `auto` is that of the model that was trained. Merging is done in float32 in any case."""


class WorkersConfig(Section):
    """Ray Train: how many workers train together."""

    count: int = Field(0, ge=0)
    """Workers; 0 trains in this process, without Ray."""
    cpus: float = Field(1.0, gt=0)
    """CPUs that Ray reserves for a worker."""
    gpus: int = Field(0, ge=0, le=1)
    """GPUs of a worker: none, or one."""
    address: str = "auto"
    """`auto` joins a running cluster or else starts a local one; `local` always starts one; or host:port."""
    retries: int = Field(3, ge=0)
    """Times that lost workers are started again; they go on from the newest checkpoint."""


class TrainConfig(Section):
    """Everything a training depends on."""

    seed: int = 0
    """Same seed, same order of rows and same adapters."""
    model: TrainedModel = TrainedModel()
    """Model that is trained."""
    data: TrainingData
    """Rows."""
    method: Method = FullMethod()
    """What of the model is trained."""
    optimisation: Optimisation = Optimisation()
    """Optimiser and batches."""
    checkpoints: Checkpoints = Checkpoints()
    """Checkpoints."""
    quality: QualityConfig = QualityConfig()
    """Test quality during the training."""
    export: ExportConfig = ExportConfig()
    """What is written in the end."""
    sandbox: SandboxConfig = SandboxConfig()
    """Sandbox in which written tests are executed."""
    workers: WorkersConfig = WorkersConfig()
    """Workers."""

    @model_validator(mode="after")
    def _batches_divide(self) -> "TrainConfig":
        once = self.optimisation.device_batch * max(1, self.workers.count)
        if self.optimisation.batch % once:
            raise ValueError(
                f"optimisation.batch = {self.optimisation.batch} is no multiple of device_batch x workers = {once}; change one"
            )
        return self

    @model_validator(mode="after")
    def _small_steps_are_kept(self) -> "TrainConfig":
        if self.model.dtype == "bfloat16" and isinstance(self.method, FullMethod):
            raise ValueError(
                'model.dtype = "bfloat16" rounds most steps of a full training away; keep "float32" (products are bfloat16 '
                'where the device has it), or train with method.type = "lora"'
            )
        return self
