"""One request to a vLLM engine: its stream of outputs read to the end, and what that end means.

Imports vllm only to tell its errors apart.
"""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from coderm.errors import AnswerLost, EngineLost, GenerationError, RequestRefused

T = TypeVar("T")


async def last_of(stream: AsyncGenerator[T]) -> T | None:
    """Return the last item of a stream, None of an empty one; the stream is closed however that ends, which ends its request."""
    last = None
    async with contextlib.aclosing(stream) as items:
        async for item in items:
            last = item
    return last


def finished_samples(final: Any, task_id: str) -> list[Any]:
    """Return the samples of a request's last output. Raises AnswerLost unless each was ended by the model or by its length.

    vLLM ends an aborted request in order, with part of a text: nothing is known of the answer then.
    """
    reasons = sorted({str(sample.finish_reason) for sample in final.outputs} - {"stop", "length"}) if final else ["no output"]
    if reasons:
        raise AnswerLost(f"{task_id}: vLLM dropped the request ({', '.join(reasons)})")
    return list(final.outputs)


def translated(error: Exception, task_id: str, model: str) -> GenerationError:
    """What an error of vLLM means for a request: a dead engine, a prompt that is refused, or an answer that is lost."""
    from vllm.exceptions import VLLMClientError, VLLMServerError
    from vllm.v1.engine.exceptions import EngineDeadError

    told = f"{type(error).__name__}: {first_line(error)}"
    if isinstance(error, EngineDeadError):
        return EngineLost(f"{task_id}: the vLLM engine of {model} died; it must be started anew")
    if isinstance(error, VLLMClientError):
        return RequestRefused(f"{task_id}: vLLM refused the request: {told}")
    if isinstance(error, VLLMServerError):
        return AnswerLost(f"{task_id}: vLLM failed under the request: {told}")
    return GenerationError(f"{task_id}: vLLM cannot serve the request: {told}")


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, its type's name where it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
