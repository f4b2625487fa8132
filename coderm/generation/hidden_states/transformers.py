"""Hidden states by a transformers forward pass in this process: the backend for CPUs, and wherever vLLM hands out none.

Owns one thread and one model in float32, cut off above the deepest layer that is read. Requests in flight share batches; a
vector depends on its batch by rounding only. Imports torch and transformers in `setup` only.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from coderm.errors import GenerationError, ModelError
from coderm.generation.hidden_states.base import StateArray, joined, pooled, resolve_layers
from coderm.generation.hidden_states.rendering import Text, shown_texts
from coderm.generation.model_files import resolve_model
from coderm.messages.hidden_states import States, StatesRequest, Token

BATCH_TOKENS = 2048
"""Tokens of one batch, padding included: more no longer fills a CPU better, and states of all layers stay below 1 GB at 8B."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    text: Text
    token: Token
    answer: asyncio.Future[StateArray]


class TransformersStates:
    """Reads the given layers of one model; `layers` as in StateSpec."""

    def __init__(self, model: str, layers: tuple[int, ...], batch_tokens: int = BATCH_TOKENS) -> None:
        self._name = model
        self._layers = layers
        self._batch_tokens = batch_tokens
        self._thread = ThreadPoolExecutor(1, "states")
        self._loading: asyncio.Task[None] | None = None
        self._waiting: list[_Waiting] = []
        self._drain: asyncio.Task[None] | None = None
        self._model: Any = None
        self._tokenizer: Any = None

    async def setup(self) -> None:
        """Load the model once, however many wait for it."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        await asyncio.shield(self._loading)

    async def states(self, request: StatesRequest) -> States:
        """Return the vector of one request. Raises ModelError when the model cannot be loaded, GenerationError naming the task."""
        if request.spec.model != self._name or request.spec.layers != self._layers:
            raise GenerationError(f"{request.task_id}: states of {request.spec.model} were asked of a reader of {self._name}")
        await self.setup()
        texts = await self._in_thread(shown_texts, self._tokenizer, request)
        loop = asyncio.get_running_loop()
        places = [_Waiting(text, request.spec.token, loop.create_future()) for text in texts]
        self._waiting += places
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._run())
        vectors = await asyncio.gather(*(place.answer for place in places))
        return States(request.request_id, joined(vectors, [text.weight for text in texts], request.task_id))

    async def close(self) -> None:
        """Free the model; requests in flight raise GenerationError."""
        if self._drain is not None:
            self._drain.cancel()
        self._fail(GenerationError(f"the reader of {self._name} was closed"), self._waiting)
        self._waiting = []
        self._thread.shutdown(cancel_futures=True)
        self._model = self._tokenizer = None

    async def _load(self) -> None:
        path = await self._in_thread(resolve_model, self._name)
        self._model, self._tokenizer, self._resolved = await self._in_thread(_loaded, path, self._name, self._layers)

    async def _run(self) -> None:
        """Answer what waits, batch by batch, until nothing waits."""
        while self._waiting:
            await self._answer(self._next_batch())

    async def _answer(self, batch: list[_Waiting]) -> None:
        """Give each request of a batch its vector, or whatever went wrong as a GenerationError; none is left waiting."""
        try:
            for place, vector in zip(batch, await self._in_thread(self._forward, batch), strict=True):
                if not place.answer.done():
                    place.answer.set_result(vector)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to those who wait
            self._fail(GenerationError(f"hidden states of {self._name}: {type(error).__name__}: {error}"), batch)
        except BaseException:
            self._fail(GenerationError(f"the reader of {self._name} was closed"), batch)
            raise

    def _next_batch(self) -> list[_Waiting]:
        """Take the longest text that waits and as many of the next longest as fit beside it: little padding."""
        self._waiting.sort(key=lambda place: len(place.text.tokens))
        room = max(self._batch_tokens // max(len(self._waiting[-1].text.tokens), 1), 1)
        batch, self._waiting = self._waiting[-room:], self._waiting[:-room]
        return batch

    def _forward(self, batch: list[_Waiting]) -> list[StateArray]:
        import torch

        lengths = [len(place.text.tokens) for place in batch]
        tokens = torch.zeros((len(batch), max(lengths)), dtype=torch.long)
        mask = torch.zeros_like(tokens)
        for row, place in enumerate(batch):
            tokens[row, : lengths[row]] = torch.tensor(place.text.tokens)
            mask[row, : lengths[row]] = 1
        device = self._model.device
        with torch.inference_mode():
            found = self._model(
                input_ids=tokens.to(device), attention_mask=mask.to(device), output_hidden_states=True, use_cache=False
            ).hidden_states
            chosen = torch.stack([found[layer] for layer in self._resolved], dim=2).float().cpu().numpy()
        return [pooled(chosen[row, : lengths[row]], place.text.start, place.token) for row, place in enumerate(batch)]

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    @staticmethod
    def _fail(error: GenerationError, places: list[_Waiting]) -> None:
        for place in places:
            if not place.answer.done():
                place.answer.set_exception(error)


def _loaded(path: str, name: str, layers: tuple[int, ...]) -> tuple[Any, Any, tuple[int, ...]]:
    """Load tokenizer and model; layers above the deepest one read are dropped, and the final norm with them."""
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    told = logging.get_verbosity()
    logging.set_verbosity_error()  # it reports the output layer, which is not needed, as a surprise
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(path)
        model = AutoModel.from_pretrained(path, dtype=torch.float32).eval()
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise ModelError(f"model {name}: transformers cannot load it: {str(error).splitlines()[0]}") from None
    finally:
        logging.enable_progress_bar()
        logging.set_verbosity(told)
    resolved = resolve_layers(layers, int(model.config.get_text_config().num_hidden_layers), name)
    if isinstance(getattr(model, "layers", None), torch.nn.ModuleList) and hasattr(model, "norm"):
        model.layers = model.layers[: max(*resolved, 1)]
        model.norm = torch.nn.Identity()
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer, resolved
