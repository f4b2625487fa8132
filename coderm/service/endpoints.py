"""What each endpoint does; all calls into other actors are made in the service's own tasks."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from coderm.client.contract import Call, ErrorAnswer, ProblemAnswer, ProblemText, ScoreAnswer, ScoreCall, SuiteText, WriterCall
from coderm.service.bodies import read_body
from coderm.service.ports import Refused
from coderm.service.reading import read_call, read_problems, read_writer_call, suite_text
from coderm.service.score_response import Request, answer_score
from coderm.service.service import RewardService

if TYPE_CHECKING:
    from fastapi import FastAPI

MIB = 1 << 20
NDJSON = "application/x-ndjson"
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer, "description": told}
    for code, told in {
        400: "not readable",
        401: "the token is missing or wrong",
        413: "too large",
        422: "does not fit the contract",
        429: "not now: Retry-After says when",
        503: "the service starts or stops: Retry-After says when",
    }.items()
}


def _body_of(model: type[Any], *, example: str) -> dict[str, Any]:
    """What OpenAPI shows of a body that is read by hand."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def add_score(web: "FastAPI", service: RewardService) -> None:
    """`POST /v1/score` and `/v1/score_tests`."""
    from fastapi import Request as HttpRequest
    from starlette.responses import Response

    class ScoreResponse(Response):
        """Judges while it answers, so that nothing is begun for a client that is gone."""

        def __init__(self, request: Request) -> None:
            super().__init__()
            self._request = request

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await answer_score(service, self._request, receive, send)

    responses = _ERRORS | {409: {"model": ErrorAnswer, "description": "the Idempotency-Key came with other content"}}
    responses[200] = {"content": {NDJSON: {}}, "description": "every program's reward; with `stream` a line each, then an end line"}
    programs, tests = (_body_of(model, example="see docs/service.md") for model in (ScoreCall, WriterCall))

    @web.post("/v1/score", response_model=ScoreAnswer, responses=responses, openapi_extra=programs, summary="Reward programs")
    async def score(request: HttpRequest) -> Response:
        return await answered(request, read_call)

    @web.post("/v1/score_tests", response_model=ScoreAnswer, responses=responses, openapi_extra=tests, summary="Reward tests")
    async def score_tests(request: HttpRequest) -> Response:
        return await answered(request, read_writer_call)

    async def answered(request: HttpRequest, read: Callable[[bytes], Call]) -> Response:
        body = await read_body(request.headers, request.receive, service.settings.max_body_mb * MIB)
        headers = request.headers
        call = read(body)
        stream = call.stream or NDJSON in headers.get("accept", "").partition(",")[0]
        digest = f"{type(call).__name__} {hashlib.sha256(body).hexdigest()}"
        packed = "gzip" in headers.get("accept-encoding", "")
        return ScoreResponse(Request(call, headers.get("idempotency-key", ""), digest, packed, stream))


def add_problems(web: "FastAPI", service: RewardService) -> None:
    """`/v1/problems`."""
    from fastapi import Request as HttpRequest
    from starlette.responses import Response

    bank = service.bank
    missing: dict[int | str, dict[str, Any]] = {404: {"model": ErrorAnswer, "description": "no such problem"}}
    full: dict[int | str, dict[str, Any]] = {507: {"model": ErrorAnswer, "description": "the disk under the bank is full"}}
    more = _body_of(ProblemText, example="see docs/service.md")
    answers = tuple[ProblemAnswer, ...]

    @web.post("/v1/problems", response_model=answers, responses=_ERRORS | full, openapi_extra=more, summary="Register problems")
    async def register(request: HttpRequest) -> Any:
        service.check_open(counted=True)
        body = await read_body(request.headers, request.receive, service.settings.max_body_mb * MIB)
        given = read_problems(body)
        return [await service.outside(partial(bank.register, problem)) for problem in given]

    @web.get(
        "/v1/problems/{problem_id:path}/tests", response_model=SuiteText, responses=_ERRORS | missing, summary="A problem's tests"
    )
    async def tests(problem_id: str) -> Any:
        found = await service.outside(lambda: bank.suite_of(problem_id))
        return suite_text(_found(found, problem_id, "tests").suite)

    @web.get("/v1/problems/{problem_id:path}", response_model=ProblemAnswer, responses=_ERRORS | missing, summary="A problem")
    async def look_up(problem_id: str) -> Any:
        return _found(await service.outside(lambda: bank.describe(problem_id)), problem_id, "problem")

    @web.delete("/v1/problems/{problem_id:path}", status_code=204, responses=_ERRORS | missing | full, summary="Forget a problem")
    async def delete(problem_id: str) -> Response:
        _found(await service.outside(lambda: bank.forget(problem_id)) or None, problem_id, "problem")
        return Response(status_code=204)


def _found(thing: Any, problem_id: str, kind: str) -> Any:
    if thing is None:
        raise Refused(f"{problem_id[:200]!r}: no such {kind}; register problems with POST /v1/problems", "unknown_problem", 404)
    return thing


def add_health(web: "FastAPI", service: RewardService) -> None:
    """`/health`, `/ready` and `/metrics`."""
    from starlette.responses import Response

    @web.get("/health", summary="Whether the service answers; needs no token")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @web.get("/ready", responses={503: _ERRORS[503]}, summary="Whether calls are accepted")
    async def ready() -> dict[str, str]:
        service.check_open()
        return {"status": "ready"}

    @web.get("/metrics", summary="Prometheus metrics")
    async def metrics() -> Response:
        service.figures()
        return Response(service.watched.text(), media_type="text/plain; version=0.0.4")
