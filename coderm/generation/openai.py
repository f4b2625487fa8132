"""Generation through any OpenAI-compatible chat endpoint.

Owns concurrency, rate, splitting and retries; the openai package's own are off, since it counts its timeout per try. The key
is read from the environment in `setup`, handed to the client and kept nowhere else: no message, log or repr holds it.
"""

import asyncio
import importlib.metadata
import os
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from coderm.config.schema import OpenAIEngine
from coderm.errors import GenerationError, PromptTooLong, RequestRefused
from coderm.generation.base import seed_of
from coderm.generation.rate_limit import Pacer
from coderm.generation.retries import Retries, TryAgain, asked_pause
from coderm.messages.generation import Completion, GenerationRequest, GenerationResult

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI
    from openai.types.chat import ChatCompletion

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
"""Endpoints that may go without a key."""
NO_KEY = "none"
"""Sent where there is no key, since the client insists on one."""
SEED_BITS = 31
"""Endpoints differ in the integers they take; all take these."""
MESSAGE_CHARS = 200
"""Most of an endpoint's own error text that is passed on."""
PASSING = (408, 409, 429)
"""Refusals that may pass, beside all of 500 and up: the endpoint timed out, a lock was held, too many requests."""
ONE_PROMPT: dict[str, type[RequestRefused]] = {
    "context_length_exceeded": PromptTooLong,
    "content_filter": RequestRefused,
    "content_policy_violation": RequestRefused,
    "invalid_prompt": RequestRefused,
}
"""Codes of refusals that concern one prompt and not the settings."""


class OpenAIGenerator:
    """Samples completions from a remote model."""

    def __init__(self, config: OpenAIEngine) -> None:
        self._config = config
        self._client: AsyncOpenAI | None = None
        self._slots = asyncio.Semaphore(config.max_concurrency)
        self._retries = Retries(config.max_retries, config.deadline_s, Pacer(config.requests_per_minute).wait)

    async def setup(self) -> None:
        """Open the client. Raises GenerationError naming the variable when a remote endpoint has no key."""
        from openai import AsyncOpenAI

        config = self._config
        key = os.environ.get(config.api_key_env, "").strip()
        if not key and urlsplit(config.base_url).hostname not in LOCAL_HOSTS:
            raise GenerationError(f"{config.base_url}: no key; set the environment variable {config.api_key_env}")
        self._client = AsyncOpenAI(api_key=key or NO_KEY, base_url=config.base_url, max_retries=0, timeout=None)

    async def generate(self, request: GenerationRequest) -> GenerationResult:
        """Return exactly n completions, asked for in parts of at most max_n. Raises GenerationError naming the task."""
        step = self._config.max_n
        try:
            async with asyncio.TaskGroup() as group:
                parts = [
                    group.create_task(self._part(request, start, min(step, request.n - start)))
                    for start in range(0, request.n, step)
                ]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        completions = tuple(completion for part in parts for completion in part.result()[0])
        prompt_tokens = sum(part.result()[1] for part in parts)
        return GenerationResult(request.request_id, completions, prompt_tokens)

    async def close(self) -> None:
        """Close the connections; requests in flight fail."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def describe(self) -> dict[str, str]:
        """Name the endpoint and the model; never the key."""
        version = importlib.metadata.version("openai")
        return {"backend": "openai", "model": self._config.model, "endpoint": self._config.base_url, "version": version}

    async def _part(self, request: GenerationRequest, start: int, n: int) -> tuple[list[Completion], int]:
        """Ask until n completions are there: some endpoints ignore `n` and answer with one choice.

        The second value is the tokens paid beside theirs: the prompt as often as it was answered, and answers without a choice.
        """
        got: list[Completion] = []
        other = 0
        while len(got) < n:
            *unusable, answer = await self._ask(request, start + len(got), n - len(got))
            got += completions_of(answer, n - len(got))
            other += _usage(answer, "prompt_tokens")
            other += sum(_usage(item, "prompt_tokens") + _usage(item, "completion_tokens") for item in unusable)
        return got, other

    async def _ask(self, request: GenerationRequest, start: int, n: int) -> "list[ChatCompletion | None]":
        """Return everything the endpoint answered to one call, retries included; only the last answer holds choices."""
        if self._client is None:
            raise GenerationError(f"{request.task_id}: the client of {self._config.base_url} is not open; call setup first")
        answers: list[ChatCompletion | None] = []
        arguments = self._arguments(request, start, n)

        async def attempt(left_s: float) -> None:
            answers.append(await self._try(request.task_id, arguments, left_s))
            if not completions_of(answers[-1], n):
                raise TryAgain("gave an answer that is no chat completion with choices")

        async with self._slots:
            await self._retries.run(f"{request.task_id}: {self._config.base_url}", attempt)
        return answers

    async def _try(self, task_id: str, arguments: dict[str, Any], left_s: float) -> "ChatCompletion | None":
        """Make one call; None when the answer is not JSON. Raises TryAgain for what may pass."""
        from openai import APIError, APIResponseValidationError, APIStatusError

        assert self._client is not None
        wait_s = min(self._config.timeout_s, left_s)
        try:
            async with asyncio.timeout(wait_s):
                answer: ChatCompletion = await self._client.chat.completions.create(**arguments)
                return answer
        except TimeoutError:
            raise TryAgain(f"does not answer within {wait_s:.3g} s") from None
        except (APIResponseValidationError, ValueError):
            return None
        except APIStatusError as error:
            raise self._refusal(task_id, error) from None
        except APIError as error:
            raise TryAgain(f"does not answer ({type(error).__name__})") from None

    def _arguments(self, request: GenerationRequest, start: int, n: int) -> dict[str, Any]:
        sampling = request.sampling
        official = urlsplit(self._config.base_url).hostname == "api.openai.com"
        return {
            "model": self._config.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "n": n,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": seed_of(request, SEED_BITS, start),
            # OpenAI's newer models refuse the old name, most other servers do not know the new one.
            "max_completion_tokens" if official else "max_tokens": sampling.max_tokens,
        }

    def _refusal(self, task_id: str, error: "APIStatusError") -> Exception:
        """Word a refusal; an endpoint may quote the key when it refuses it, so nothing of that answer is passed on."""
        config, status = self._config, error.status_code
        if status in (401, 403):
            return GenerationError(
                f"{task_id}: {config.base_url} refuses the key (HTTP {status}); check the environment variable {config.api_key_env}"
            )
        key = os.environ.get(config.api_key_env, "").strip()
        text = (error.message.replace(key, "***") if key else error.message)[:MESSAGE_CHARS]
        advice = error.response.headers.get("x-should-retry")
        if advice == "true" or (advice != "false" and (status in PASSING or status >= 500)):
            return TryAgain(f"refuses model {config.model} (HTTP {status}: {text})", asked_pause(error.response.headers))
        kind = ONE_PROMPT.get(error.code or "", GenerationError)
        return kind(f"{task_id}: {config.base_url} refuses model {config.model} (HTTP {status}): {text}")


def completions_of(answer: "ChatCompletion | None", most: int) -> list[Completion]:
    """Return at most `most` choices of an answer, none when it has another shape; the call's tokens are spread over them evenly."""
    found = getattr(answer, "choices", None)
    choices = [choice for choice in found if _message(choice)][:most] if isinstance(found, list) else []
    total = _usage(answer, "completion_tokens")
    completions = []
    for position, choice in enumerate(choices):
        tokens = total // len(choices) + (position < total % len(choices))
        finish: Literal["length", "stop"] = "length" if getattr(choice, "finish_reason", None) == "length" else "stop"
        completions.append(Completion(_text(choice.message.content), tokens, finish))
    return completions


def _message(choice: Any) -> bool:
    """Whether a choice holds a message; the client does not look."""
    return hasattr(getattr(choice, "message", None), "content")


def _text(content: Any) -> str:
    """Return the text of a message: one text, or a list of parts of which some are texts (models that reason apart)."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _usage(answer: "ChatCompletion | None", name: str) -> int:
    """Return a count of tokens, 0 where the endpoint tells none; some tell other things than counts."""
    found = getattr(getattr(answer, "usage", None), name, None)
    return int(found) if isinstance(found, int | float) and 0 < found < float("inf") else 0
