"""A reward service without a service: a transport for httpx that answers from a table or a function, and fails as told.

For tests, and for trying a training script before there is a service: `RewardClient(transport=ScriptedService(reward))`. It keeps
what each idempotency key was answered and counts how often each program was scored.
"""

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx
from pydantic import TypeAdapter

from coderm.client.contract import ErrorAnswer, ProblemAnswer, ProblemText, ProgramReward, ScoreCall, StreamEnd
from coderm.client.reading import NDJSON

_PROBLEMS: TypeAdapter[ProblemText | tuple[ProblemText, ...]] = TypeAdapter(ProblemText | tuple[ProblemText, ...])
Verdict = float | ProgramReward | None
"""A reward; an answer whole (its places are put in); or None, a lost program."""
Table = Mapping[tuple[str, str], Verdict] | Callable[[str, str], Verdict]
"""(problem id, the program's code or output) -> verdict; what a mapping lacks is unknown_problem."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How one request fails. status: an HTTP status in place of the answer. cut: a stream that ends after so many lines."""

    kind: Literal["status", "connect", "cut", "hang", "break"]
    """`break`: the connection breaks after the work was done. `hang`: no answer ever."""
    status: int = 503
    retry_after_s: float | None = None
    """Seconds that the answer asks the client to wait, as its header `Retry-After`; absent: none is sent."""
    code: str = "overloaded"
    """Why the service refuses, as a word for programs; the body of the answer holds it."""
    lines: int = 0


class ScriptedService(httpx.AsyncBaseTransport):
    """Answers `POST /v1/score` and `/v1/problems`. faults: what befalls the first requests for scores; None: nothing does."""

    def __init__(self, table: Table, *, faults: Iterable[Fault | None] = (), token: str = "") -> None:
        self._table = table
        self._faults = list(faults)
        self._token = token
        self._answers: dict[str, tuple[bytes, list[ProgramReward]]] = {}
        self._problems: dict[str, ProblemText] = {}
        self.scored: Counter[tuple[str, str]] = Counter()
        """How often each (problem id, program) was scored."""
        self.requests: list[httpx.Request] = []
        """Every request that came, in order."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request as the service would."""
        body = await request.aread()
        self.requests.append(request)
        if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
            return _error(401, "unauthorized", "wrong or missing token")
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if request.url.path == "/v1/score":
            return await self._score(request, body)
        return self._about_problems(request, body)

    def calls(self) -> list[ScoreCall]:
        """Return the bodies of the requests for scores, in order."""
        found = [request for request in self.requests if request.url.path == "/v1/score"]
        return [ScoreCall.model_validate_json(_plain(request)) for request in found]

    async def _score(self, request: httpx.Request, body: bytes) -> httpx.Response:
        fault = self._faults.pop(0) if self._faults else None
        if fault and fault.kind == "connect":
            raise httpx.ConnectError("scripted", request=request)
        if fault and fault.kind == "hang":
            await asyncio.Event().wait()
        if fault and fault.kind == "status":
            return _error(fault.status, fault.code, "scripted", fault.retry_after_s)
        key = request.headers.get("Idempotency-Key", "")
        known, results = self._answers.setdefault(key, (body, [])) if key else (body, [])
        if known != body:
            return _error(422, "key_reused", "the key was used with other content")
        if not results:
            results.extend(self._judged(ScoreCall.model_validate_json(body)))
        if fault and fault.kind == "break":
            raise httpx.ReadError("scripted", request=request)
        lines = [result.model_dump_json(exclude_defaults=True) for result in results]
        whole = [*lines, StreamEnd(results=len(lines)).model_dump_json()]
        return httpx.Response(200, headers={"Content-Type": NDJSON}, stream=_Lines(whole, fault.lines if fault else None))

    def _judged(self, call: ScoreCall) -> list[ProgramReward]:
        found = []
        for item_place, item in enumerate(call.items):
            problem = item.problem if isinstance(item.problem, str) else item.problem.id
            for place, program in enumerate(item.programs):
                text = program.code if program.code is not None else program.output or ""
                self.scored[problem, text] += 1
                found.append(_answer(self._look_up(problem, text), item_place, place))
        return found

    def _look_up(self, problem: str, text: str) -> Verdict:
        if callable(self._table):
            return self._table(problem, text)
        missing = ProgramReward(
            item=0, program=0, reward=None, status="unknown_problem", caused_by="problem", message="not in the scripted table"
        )
        return self._table.get((problem, text), missing)

    def _about_problems(self, request: httpx.Request, body: bytes) -> httpx.Response:
        if request.method == "POST":
            given = _PROBLEMS.validate_json(body)
            problems = (given,) if isinstance(given, ProblemText) else given
            self._problems |= {problem.id: problem for problem in problems}
            answers = [ProblemAnswer(id=problem.id, suite="given", tests=1).model_dump() for problem in problems]
            return httpx.Response(200, json=answers)
        name = request.url.path.removeprefix("/v1/problems/")
        if name not in self._problems:
            return _error(404, "unknown_problem", f"problem {name!r} is not registered")
        return httpx.Response(200, content=ProblemAnswer(id=name, suite="given", tests=1).model_dump_json())


class _Lines(httpx.AsyncByteStream):
    """Lines one by one; a cut stream ends in the middle of the line that would come next."""

    def __init__(self, lines: list[str], cut: int | None) -> None:
        self._lines = lines
        self._cut = cut

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for line in self._lines[: self._cut]:
            yield line.encode() + b"\n"
            await asyncio.sleep(0)
        if self._cut is not None:
            yield self._lines[self._cut][:-1].encode()


def _answer(verdict: Verdict, item: int, program: int) -> ProgramReward:
    place = {"item": item, "program": program}
    if isinstance(verdict, ProgramReward):
        return verdict.model_copy(update=place)
    if verdict is None:
        return ProgramReward(**place, reward=None, status="lost", caused_by="service", message="scripted")
    return ProgramReward(**place, reward=verdict, status="scored", caused_by="program")


def _error(status: int, code: str, error: str, retry_after_s: float | None = None) -> httpx.Response:
    headers = {} if retry_after_s is None else {"Retry-After": f"{retry_after_s:g}"}
    answer = ErrorAnswer(error=error, code=code, retry_after_s=retry_after_s)
    return httpx.Response(status, headers=headers, content=json.dumps(answer.model_dump()))


def _plain(request: httpx.Request) -> bytes:
    return gzip.decompress(request.content) if request.headers.get("Content-Encoding") == "gzip" else request.content
