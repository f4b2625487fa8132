"""A vLLM engine whose model computes in a thread of this process: nothing is imported twice, and no process is started.

Answers as vLLM's AsyncLLM does, as far as `coderm.generation.vllm` asks. One thread calls the engine, and everybody else sends it
messages. When it ends with an error, every request and every later one ends as an engine that died.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class _Request:
    """A request and who waits for it."""

    name: str
    prompt: Any
    parameters: Any
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"

    def end(self, answer: Any) -> None:
        """Hand the answer, or the error, over to the waiter's loop, if that still runs."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._settle, answer)

    def _settle(self, answer: Any) -> None:
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class InsideEngine:
    """An engine of this process. engine: vLLM's LLMEngine, which only its own thread calls from here on; dead: makes the error that
    tells of its end."""

    def __init__(self, engine: Any, dead: Callable[[], Exception]) -> None:
        self._engine = engine
        self._make_dead = dead
        self._messages: queue.SimpleQueue[_Request | list[str] | None] = queue.SimpleQueue()
        self._waiting: dict[str, _Request] = {}
        self._dead = False
        self._thread = threading.Thread(target=self._serve, name="vllm", daemon=True)
        self._thread.start()

    @property
    def output_processor(self) -> Any:
        """What vLLM keeps of live requests."""
        return self._engine.output_processor

    def get_tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self._engine.get_tokenizer()

    async def generate(self, prompt: Any, parameters: Any, name: str) -> AsyncGenerator[Any]:
        """Yield the final output of a request; closed before, the request is dropped. Raises what vLLM raised."""
        loop = asyncio.get_running_loop()
        request = _Request(name, prompt, parameters, loop, loop.create_future())
        self._messages.put(request)
        try:
            yield await request.answer
        finally:
            if not request.answer.done() or request.answer.cancelled():
                self._messages.put([name])

    async def abort(self, names: Sequence[str]) -> None:
        """Drop requests; who waits for one gets None."""
        self._messages.put(list(names))

    def shutdown(self, timeout: float) -> None:
        """End the thread and free the model; waits at most `timeout` seconds for the step under way."""
        self._messages.put(None)
        self._thread.join(timeout)

    def _serve(self) -> None:
        try:
            while self._take_messages():
                for output in self._engine.step():
                    if output.finished and (request := self._waiting.pop(output.request_id, None)) is not None:
                        request.end(output)
        except Exception:  # noqa: BLE001 - the end of a thread: told to whoever waits
            self._dead = True
        self._end_waiting()
        with contextlib.suppress(Exception):
            self._engine.engine_core.shutdown()
        while self._dead and (message := self._messages.get()) is not None:
            if isinstance(message, _Request):
                message.end(self._make_dead())

    def _take_messages(self) -> bool:
        """Take in what has come, waiting while there is nothing to do; False: the end."""
        while True:
            idle = not self._engine.has_unfinished_requests()
            try:
                message = self._messages.get(block=idle)
            except queue.Empty:
                return True
            if message is None:
                return False
            if isinstance(message, _Request):
                self._add(message)
            else:
                self._drop(message)

    def _add(self, request: _Request) -> None:
        try:
            self._engine.add_request(request.name, request.prompt, request.parameters)
        except Exception as error:  # noqa: BLE001 - what vLLM has against this request, told to its waiter
            request.end(error)
        else:
            self._waiting[request.name] = request

    def _drop(self, names: Sequence[str]) -> None:
        self._engine.abort_request(list(names))
        for name in names:
            if (request := self._waiting.pop(name, None)) is not None:
                request.end(None)

    def _end_waiting(self) -> None:
        for request in self._waiting.values():
            request.end(self._make_dead())
        self._waiting.clear()


def start_inside(arguments: dict[str, Any]) -> InsideEngine:
    """Start an engine; `arguments`: of vLLM's EngineArgs."""
    from vllm.engine.arg_utils import EngineArgs
    from vllm.v1.engine.exceptions import EngineDeadError
    from vllm.v1.engine.llm_engine import LLMEngine

    return InsideEngine(LLMEngine.from_engine_args(EngineArgs(**arguments), enable_multiprocessing=False), EngineDeadError)
