"""Generation through any OpenAI-compatible chat endpoint.

Owns concurrency, rate and splitting; the openai package owns retries with exponential back-off (Retry-After included). The
key is read from the environment in `setup`, handed to the client and kept nowhere else: no message, log or repr holds it.
"""

import asyncio
import importlib.metadata
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from coderm.config import OpenAIEngine
from coderm.errors import GenerationError
from coderm.generation.pacer import Pacer
from coderm.messages import Completion, GenerationRequest, GenerationResult, content_hash

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
"""Endpoints that may go without a key."""
NO_KEY = "none"
"""Sent where there is no key, since the client insists on one."""
SEED_BITS = 31
"""Endpoints differ in the integers they take; all take these."""
EMPTY_ANSWERS = 3
"""Answers without one usable choice in a row before the request fails."""
MESSAGE_CHARS = 200
"""Most of an endpoint's own error text that is passed on."""


class OpenAIGenerator:
    """Samples completions from a remote model."""

    def __init__(self, config: OpenAIEngine) -> None:
        self._config = config
        self._client: AsyncOpenAI | None = None
        self._slots = asyncio.Semaphore(config.max_concurrency)
        self._pacer = Pacer(config.requests_per_minute)

    async def setup(self) -> None:
        """Open the client. Raises GenerationError naming the variable when a remote endpoint has no key."""
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        config = self._config
        key = os.environ.get(config.api_key_env, "").strip()
        if not key and urlsplit(config.base_url).hostname not in LOCAL_HOSTS:
            raise GenerationError(f"{config.base_url}: no key; set the environment variable {config.api_key_env}")
        # In the transport, so that retries keep to the rate limit too.
        transport = DefaultAsyncHttpxClient(event_hooks={"request": [self._pace]})
        self._client = AsyncOpenAI(
            api_key=key or NO_KEY,
            base_url=config.base_url,
            max_retries=config.max_retries,
            timeout=config.timeout_s,
            http_client=transport,
        )

    async def generate(self, request: GenerationRequest) -> GenerationResult:
        """Return exactly n completions, asked for in parts of at most max_n. Raises GenerationError naming the task."""
        started = time.perf_counter()
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
        return GenerationResult(request.request_id, completions, parts[0].result()[1], time.perf_counter() - started)

    async def close(self) -> None:
        """Close the connections; requests in flight fail."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def describe(self) -> dict[str, str]:
        """Name the endpoint and the model; never the key."""
        version = importlib.metadata.version("openai")
        return {"backend": "openai", "model": self._config.model, "endpoint": self._config.base_url, "version": version}

    async def _pace(self, _: object) -> None:
        await self._pacer.wait()

    async def _part(self, request: GenerationRequest, start: int, n: int) -> tuple[list[Completion], int]:
        """Ask until n completions are there: some endpoints ignore `n` and answer with one choice."""
        got: list[Completion] = []
        prompt_tokens = empty = 0
        while len(got) < n:
            answer = await self._ask(request, start + len(got), n - len(got))
            fresh = completions_of(answer)[: n - len(got)]
            got += fresh
            prompt_tokens = prompt_tokens or _usage(answer, "prompt_tokens")
            empty = 0 if fresh else empty + 1
            if empty == EMPTY_ANSWERS:
                raise GenerationError(
                    f"{request.task_id}: {self._config.base_url} gave {empty} answers that are no chat completion with choices; "
                    "check that base_url is an OpenAI-compatible endpoint"
                )
        return got, prompt_tokens

    async def _ask(self, request: GenerationRequest, start: int, n: int) -> "ChatCompletion | None":
        """Make one call; None when the answer is not JSON."""
        from openai import APIError, APIResponseValidationError, APIStatusError

        if self._client is None:
            raise GenerationError(f"{request.task_id}: the client of {self._config.base_url} is not open; call setup first")
        try:
            async with self._slots:
                answer: ChatCompletion = await self._client.chat.completions.create(**self._arguments(request, start, n))
                return answer
        except (APIResponseValidationError, ValueError):
            return None
        except APIStatusError as error:
            raise GenerationError(f"{request.task_id}: {self._refusal(error.status_code, error.message)}") from None
        except APIError as error:
            raise GenerationError(
                f"{request.task_id}: {self._config.base_url} does not answer ({type(error).__name__}) after "
                f"{self._config.max_retries} retries of {self._config.timeout_s:g} s; check base_url, or raise timeout_s"
            ) from None

    def _arguments(self, request: GenerationRequest, start: int, n: int) -> dict[str, Any]:
        sampling = request.sampling
        official = urlsplit(self._config.base_url).hostname == "api.openai.com"
        arguments: dict[str, Any] = {
            "model": self._config.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "n": n,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": seed_of(request, start),
            # OpenAI's newer models refuse the old name, most other servers do not know the new one.
            "max_completion_tokens" if official else "max_tokens": sampling.max_tokens,
        }
        if sampling.stop:
            arguments["stop"] = list(sampling.stop)
        return arguments

    def _refusal(self, status: int, message: str) -> str:
        """Word a refusal; an endpoint may quote the key when it refuses it, so nothing of that answer is passed on."""
        config = self._config
        if status in (401, 403):
            return f"{config.base_url} refuses the key (HTTP {status}); check the environment variable {config.api_key_env}"
        key = os.environ.get(config.api_key_env, "").strip()
        text = message.replace(key, "***") if key else message
        retried = f" after {config.max_retries} retries" if status in (408, 409, 429) or status >= 500 else ""
        return f"{config.base_url} refuses model {config.model} (HTTP {status}{retried}): {text[:MESSAGE_CHARS]}"


def seed_of(request: GenerationRequest, start: int) -> int:
    """Return the seed of the call whose first sample is `start` within the request; no two calls share one."""
    digest = content_hash(request.task_id, request.role, str(request.offset + start), str(request.seed))
    return int(digest, 16) % (1 << SEED_BITS)


def completions_of(answer: "ChatCompletion | None") -> list[Completion]:
    """Return the choices of an answer, none when it has another shape; the tokens are the call's, spread evenly."""
    choices: Sequence[Any] = getattr(answer, "choices", None) or ()
    total = _usage(answer, "completion_tokens")
    completions = []
    for position, choice in enumerate(choices):
        text = getattr(getattr(choice, "message", None), "content", None) or ""
        tokens = total // len(choices) + (position < total % len(choices))
        completions.append(Completion(text, tokens, "length" if choice.finish_reason == "length" else "stop"))
    return completions


def _usage(answer: "ChatCompletion | None", name: str) -> int:
    return getattr(getattr(answer, "usage", None), name, None) or 0
