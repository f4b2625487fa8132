"""The generator: hosts one engine and answers sampling commands, reading every text back where it was written.

Reading back happens here, not in the scheduler, because it costs about a millisecond of CPU a text and the scheduler is one.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from actors.worker import WorkerDied
from coderm.config.schema import EngineConfig
from coderm.errors import DataError, EngineLost, ModelError, RequestRefused
from coderm.extract.samples import read_samples
from coderm.generation.base import Telling
from coderm.generation.factory import make_generator, make_states
from coderm.generation.hidden_states.base import HiddenStates
from coderm.logs import LogSetup, get_log, set_up
from coderm.messages.events import Generate, Sampled
from coderm.messages.generation import GenerationRequest, GenerationResult
from coderm.messages.hidden_states import States, StatesRequest
from coderm.messages.samples import Sample

_log = get_log(__name__)


class GeneratorActor:
    """Forwards requests to its generator; `generate` serves arbitrary prompts, `sample` the run's commands, `features` a probe."""

    def __init__(self, config: EngineConfig, log: LogSetup | None = None) -> None:
        """log: set up where this is a process of its own, which may be on any node."""
        if log is not None:
            set_up(log)
        self._config = config
        self._apart = log is not None
        self._generator = make_generator(config)
        self._states: dict[tuple[str, tuple[int, ...]], HiddenStates] = {}
        self._reader = ThreadPoolExecutor(1, "reader")  # one: parsing silences warnings process-wide

    async def setup(self) -> None:
        """Load the model. Raises ModelError, DataError or GenerationError with the remedy, the first two with the node."""
        try:
            await self._generator.setup()
        except (DataError, ModelError) as error:
            if not self._apart:
                raise
            where = f"on {socket.gethostname()}, and an engine's files have to be on every node under the same name"
            raise type(error)(f"{error.message} ({where})") from None
        _log.info("engine started", backend=self._config.type)

    async def generate(self, request: GenerationRequest) -> GenerationResult:
        """Answer one request with raw completions."""
        return await self._generator.generate(request)

    async def sample(self, command: Generate) -> Sampled:
        """Answer one command; a prompt that the backend refuses yields rejected samples instead of ending the run.

        Raises WorkerDied when the engine died, so that this actor is replaced and the command sent again.
        """
        try:
            result = await self._generator.generate(command.request)
        except RequestRefused as refusal:
            _log.info("request refused", command=command.command_id, reason=refusal.rejection)
            rejected = tuple(Sample("", rejected=refusal.rejection) for _ in range(command.request.n))
            return Sampled(command.command_id, rejected)
        except EngineLost as error:
            _log.error("engine lost", command=command.command_id, error=error)
            raise WorkerDied(error.message) from None
        loop = asyncio.get_running_loop()
        samples = await loop.run_in_executor(self._reader, read_samples, command, result.completions)
        return Sampled(command.command_id, samples, result.prompt_tokens)

    async def features(self, request: StatesRequest) -> States:
        """Answer with the hidden states of one problem; the first request of a model loads it where the engine gives none.

        Raises ConfigError when the engine runs another model or keeps other layers, WorkerDied when the engine died.
        """
        key = request.spec.model, request.spec.layers
        if key not in self._states:
            self._states[key] = make_states(self._config, self._generator, request.spec)
        try:
            return await self._states[key].states(request)
        except EngineLost as error:
            raise WorkerDied(error.message) from None

    async def signs(self, _: None = None) -> int:
        """Tokens written so far, those of texts under way included; 0 where the backend cannot tell."""
        return self._generator.written() if isinstance(self._generator, Telling) else 0

    def describe(self, _: None = None) -> dict[str, str]:
        """Name backend, model and version."""
        return self._generator.describe()

    async def close(self) -> None:
        """Free the engine and whatever reads hidden states."""
        for states in self._states.values():
            await states.close()
        await self._generator.close()
        self._reader.shutdown(cancel_futures=True)
