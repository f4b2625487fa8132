"""The web application: the token before everything else, and typed answers for all that goes wrong."""

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

import coderm
from coderm.errors import CodeRMError
from coderm.logs import get_log
from coderm.service.answers import Send, parts_of, refusal_of, send_refusal
from coderm.service.auth import allowed
from coderm.service.bodies import ClientGone, Receive
from coderm.service.endpoints import add_health, add_problems, add_score
from coderm.service.openapi import describe
from coderm.service.page import add_page
from coderm.service.ports import Refused
from coderm.service.service import RewardService

if TYPE_CHECKING:
    from fastapi import FastAPI

_log = get_log(__name__)
Scope = MutableMapping[str, Any]
UNAUTHORISED = Refused(
    "a token is needed: send `Authorization: Bearer TOKEN`; the service printed it at its start, or has it from its environment",
    "unauthorised",
    401,
)


class App:
    """An ASGI application that looks at a request's token before anything of its body is read."""

    def __init__(self, service: RewardService, digest: bytes) -> None:
        self.service = service
        self.fastapi = _make_fastapi(service)
        self._digest = digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not allowed(scope, self._digest):
            self.service.watched.refused(UNAUTHORISED.code)
            await send_refusal(send, UNAUTHORISED)
            return
        try:
            await self.fastapi(scope, receive, send)
        except ClientGone:
            _log.debug("a client hung up before its request was whole")


def make_app(service: RewardService, digest: bytes) -> App:
    """Make the application of a service that is started by whoever runs it. digest: of the token. Needs fastapi."""
    return App(service, digest)


def _make_fastapi(service: RewardService) -> "FastAPI":
    from fastapi import FastAPI

    web = FastAPI(title="CodeRM reward service", version=coderm.__version__, docs_url=None, redoc_url=None)
    add_score(web, service)
    add_problems(web, service)
    add_health(web, service)
    add_page(web)
    _answer_errors(web, service)
    describe(web)
    return web


def _answer_errors(web: "FastAPI", service: RewardService) -> None:
    """Give every error a typed body."""
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response

    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            code = {404: "not_found", 405: "bad_method"}.get(error.status_code, "bad_request")
            error = Refused(
                f"{request.method} {request.url.path}: {error.detail}; /docs lists what there is", code, error.status_code
            )
        refusal = refusal_of(error)
        if refusal.code == "internal":
            _log.error("a request failed", error=error)
        service.watched.refused(refusal.code)
        status, headers, body = parts_of(refusal)
        return Response(body, status, headers)

    for kind in (Exception, HTTPException, CodeRMError):
        web.add_exception_handler(kind, answer)
