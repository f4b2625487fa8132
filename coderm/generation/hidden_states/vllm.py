"""Hidden states from a running vLLM engine on GPUs, by vLLM's own extraction (method `extract_hidden_states`).

The engine is told at its start which layers to keep; it then writes the states of every prompt it has read, the policy's own
prompts included, to a file per request. Files are read and removed here; those nobody asked for are removed as soon as their
request has ended. A problem with an answer is sent as a prompt, of which the engine's prefix cache holds most already. vLLM
moves states through pinned memory, so a CPU build refuses the method. Written against vLLM 0.31; arguments, files and removal
are tested, the device path has not been run.
"""

import asyncio
import fcntl
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coderm.config.schema import VllmEngine
from coderm.errors import ConfigError, GenerationError
from coderm.generation.hidden_states.base import StateArray, joined, pooled, resolve_layers
from coderm.generation.hidden_states.rendering import Text, shown_texts
from coderm.generation.vllm_requests import last_of, translated
from coderm.janitor import Janitor, kept_directory
from coderm.messages.hidden_states import States, StatesRequest

LOCK = ".lock"
"""vLLM holds an exclusive lock on PATH.lock while it writes PATH."""


def extraction_arguments(layers: tuple[int, ...], storage: Path, max_model_len: int) -> dict[str, Any]:
    """Return what makes an engine keep the states of these layers, counted from 0; arguments of AsyncEngineArgs.

    `kv_transfer_config` holds the fields of vLLM's KVTransferConfig. Prompts are read in one piece, as the method demands.
    """
    return {
        "speculative_config": {
            "method": "extract_hidden_states",
            "num_speculative_tokens": 1,
            "draft_model_config": {"hf_config": {"eagle_aux_hidden_state_layer_ids": list(layers)}},
        },
        "kv_transfer_config": {
            "kv_connector": "ExampleHiddenStatesConnector",
            "kv_role": "kv_producer",
            "kv_connector_extra_config": {"shared_storage_path": str(storage)},
        },
        "enable_chunked_prefill": False,
        "max_num_batched_tokens": max(8192, max_model_len),  # vLLM's default on large GPUs, or one whole prompt
    }


class VllmStates:
    """Reads states from the engine of one VllmGenerator, which starts and ends it."""

    def __init__(self, config: VllmEngine) -> None:
        self._config = config
        self._storage: Path | None = None
        self._janitor: Janitor | None = None
        self._engine: Any = None
        self._tokenizer: Any = None
        self._serial = itertools.count()
        self._active: set[str] = set()

    def arguments(self, layer_count: int) -> dict[str, Any]:
        """Make the folder for the files and return the engine's further arguments; raises ConfigError for a missing layer."""
        config = self._config
        layers = resolve_layers(config.hidden_layers, layer_count, config.model)
        path, self._janitor = kept_directory("coderm-states-")
        self._storage = Path(path)
        return extraction_arguments(layers, self._storage, config.max_model_len)

    def bind(self, engine: Any, tokenizer: Any) -> None:
        """Take the engine that was started with these arguments."""
        self._engine, self._tokenizer = engine, tokenizer

    async def setup(self) -> None:
        """Nothing: the generator starts the engine."""

    async def states(self, request: StatesRequest) -> States:
        """Return the vector of one request. Raises ConfigError where texts may exceed the context, GenerationError, EngineLost."""
        if self._engine is None:
            raise GenerationError(f"{request.task_id}: the vLLM engine is not running; call setup first")
        if request.spec.max_tokens >= self._config.max_model_len:
            raise ConfigError(
                f"{request.task_id}: the probe reads up to {request.spec.max_tokens} tokens, which is not below max_model_len = "
                f"{self._config.max_model_len}; raise max_model_len of the engine"
            )
        texts = await asyncio.to_thread(shown_texts, self._tokenizer, request)
        vectors = await asyncio.gather(*(self._vector(request, text) for text in texts))
        return States(request.request_id, joined(vectors, [text.weight for text in texts], request.task_id))

    def sweep(self, active: Iterable[str]) -> None:
        """Remove the files of requests that have ended; `active`: names of the policy's that have not, from `safe_name`."""
        busy = (*active, *self._active)
        for path in self._storage.iterdir() if self._storage is not None else ():
            if not any(name in path.name for name in busy):
                path.unlink(missing_ok=True)

    async def close(self) -> None:
        """Remove all files; the generator ends the engine."""
        self._engine = None
        if self._janitor is not None:
            await asyncio.to_thread(self._janitor.close)

    async def _vector(self, request: StatesRequest, text: Text) -> StateArray:
        name = safe_name("states", next(self._serial))
        self._active.add(name)
        try:
            path = await self._read(request, text, name)
            states = await asyncio.to_thread(load_and_delete, path)
        finally:
            self._active.discard(name)
        if len(states) != len(text.tokens):
            raise GenerationError(f"{request.task_id}: vLLM gave states of {len(states)} tokens for {len(text.tokens)}")
        return pooled(states, text.start, request.spec.token)

    async def _read(self, request: StatesRequest, text: Text, name: str) -> Path:
        """Have the engine read a text; return the file that holds its states, or will as soon as its lock is free."""
        from vllm import SamplingParams
        from vllm.exceptions import VLLMError
        from vllm.inputs import TokensPrompt

        parameters = SamplingParams(max_tokens=1, temperature=0.0, detokenize=False)
        try:
            final = await last_of(self._engine.generate(TokensPrompt(prompt_token_ids=list(text.tokens)), parameters, name))
        except (VLLMError, ValueError) as error:
            raise translated(error, request.task_id, self._config.model) from None
        path = ((final.kv_transfer_params if final else None) or {}).get("hidden_states_path")
        if path is None:
            raise GenerationError(f"{request.task_id}: vLLM gave no hidden states; engines.NAME.hidden_layers must be set")
        return Path(path)


def safe_name(kind: str, serial: int) -> str:
    """A request name that is a file name, and part of no other request's."""
    return f"{kind}-{serial}-"


def load_and_delete(path: Path) -> npt.NDArray[np.float32]:
    """(tokens, layers, width) states from one of vLLM's files, once it is written; the file and its lock are removed."""
    from safetensors.torch import load_file

    lock = path.with_name(path.name + LOCK)
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)  # sleeps until the writer lets go
        states = load_file(path)["hidden_states"].float().numpy()
    for used in (path, lock):
        used.unlink(missing_ok=True)
    return np.asarray(states)
