"""SandboxFusion's `POST /run_code`, so that whoever has such a URL configured only changes it.

Every outcome of a program is HTTP 200 with `message`, and so is a body that cannot be run; its return code agrees with its status.
An overloaded sandbox holds the
request for up to 25 s and then answers 504, the only status that verl's client repeats; 429 and 503 would become 0 there.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from coderm.config.mistakes import told
from coderm.errors import InfrastructureError, InputError
from coderm.integrations.run_files import read_files
from coderm.service.bodies import ClientGone, read_body
from coderm.service.ports import Refused

if TYPE_CHECKING:
    from fastapi import APIRouter

HOLD_S = 25.0
"""verl's client gives up after 30 s."""
PAUSE_S = 0.25
MOST_BODY = 64 << 20
"""Longest body, bytes."""
LANGUAGES = ("python",)
KILLED = 137
"""Return code of a process that a limit other than time ended: 128 + SIGKILL."""


class SandboxBusy(InfrastructureError):
    """No box has a free slot now."""


@dataclass(frozen=True, slots=True)
class ProcessRun:
    """A program to run as a process of its own. run_timeout_s: wall seconds that the caller grants."""

    code: str
    stdin: str = ""
    run_timeout_s: float = 10.0
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Contents by name, put into its folder before it begins."""


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """How it ended. return_code: None only where time ran out."""

    stdout: str
    stderr: str
    return_code: int | None
    wall_s: float = 0.0
    timed_out: bool = False
    message: str = ""


class Processes(Protocol):
    """Runs programs in a sandbox and returns what they wrote."""

    async def run(self, run: ProcessRun) -> ProcessEnd:
        """Return how a program ended. Raises SandboxBusy when no slot is free, SandboxLost when the box died under it."""
        ...


class RunCode(BaseModel):
    """Body of `POST /run_code`; fields that are not known are ignored, as SandboxFusion does."""

    model_config = ConfigDict(extra="ignore")

    code: str
    """A Python program."""
    language: str = "python"
    """Any other one is refused."""
    run_timeout: FiniteFloat = Field(10.0, gt=0)
    """CPU seconds that it may take."""
    stdin: str | None = None
    """What it reads; null: nothing."""
    files: dict[str, str | None] = Field(default_factory=dict)
    """Contents in base64 by name, put into the program's folder before it begins."""
    fetch_files: list[str] = Field(default_factory=list)
    """Not offered: the folder goes with the program."""


class RunResult(BaseModel):
    """How the program's process ended."""

    status: Literal["Finished", "TimeLimitExceeded"]
    execution_time: float
    return_code: int | None
    stdout: str
    stderr: str


class RunCodeAnswer(BaseModel):
    """Body of every answer of `/run_code` but for 504, which has `message` alone."""

    status: Literal["Success", "Failed"]
    message: str
    compile_result: None = None
    run_result: RunResult
    executor_pod_name: None = None
    files: dict[str, str] = Field(default_factory=dict)


async def run_code(
    body: object, processes: Processes, clock: Callable[[], float] = time.monotonic, hold_s: float = HOLD_S
) -> dict[str, Any]:
    """Return the answer to one request: of a body that is none, too, it is an outcome whose `message` says why.

    Raises SandboxBusy, SandboxLost or TimeoutError when it was held in vain.
    """
    try:
        request = RunCode.model_validate(body)
        run = _run_of(request)
    except ValidationError as error:
        return _refused(f"{told(error, 'the body', 1)}; docs/integrations/sandbox_fusion.md has the fields")
    except InputError as error:
        return _refused(error.message)
    async with asyncio.timeout(hold_s + request.run_timeout):
        end = await _held(run, processes, clock)
    if end.timed_out:
        return _answer("Failed", end.message, _command("TimeLimitExceeded", end))
    code = end.return_code if end.return_code is not None else KILLED
    return _answer("Failed" if code else "Success", end.message, _command("Finished", end, code))


def run_code_router(processes: Processes, hold_s: float = HOLD_S) -> "APIRouter":
    """Return a FastAPI router with `POST /run_code`. Needs fastapi."""
    from fastapi import APIRouter, Request
    from fastapi.responses import JSONResponse

    router = APIRouter()

    async def answer(request: Request) -> JSONResponse:
        try:
            body = json.loads(await read_body(request.headers, request.receive, MOST_BODY))
            return JSONResponse(await run_code(body, processes, hold_s=hold_s))
        except ValueError as error:
            return JSONResponse(_refused(f"the body is no JSON ({error}); send an object with code"))
        except Refused as error:
            return JSONResponse(_refused(error.message))
        except ClientGone:
            return JSONResponse(None)
        except (InfrastructureError, TimeoutError) as error:
            return JSONResponse({"message": str(error) or "no free sandbox in time; add boxes"}, 504)

    schema = RunCode.model_json_schema()
    router.add_api_route(
        "/run_code",
        answer,
        methods=["POST"],
        summary="Run a program, as SandboxFusion does",
        response_model=RunCodeAnswer,
        responses={504: {"description": "no free sandbox in time: send it again"}},
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}},
    )
    return router


async def _held(run: ProcessRun, processes: Processes, clock: Callable[[], float]) -> ProcessEnd:
    """Wait for a free slot, and repeat what a dead box lost, for as long as the caller's client waits."""
    end = clock() + HOLD_S
    while True:
        try:
            return await processes.run(run)
        except InfrastructureError:
            if clock() + PAUSE_S >= end:
                raise
            await asyncio.sleep(PAUSE_S)


def _run_of(request: RunCode) -> ProcessRun:
    """Return what is to run; raises InputError for what is not offered."""
    if request.language not in LANGUAGES:
        raise InputError(f"language {request.language!r} is not offered here; offered: {', '.join(LANGUAGES)}")
    if request.fetch_files:
        raise InputError("fetch_files is not offered here: a program's folder goes with it; print what you need")
    return ProcessRun(request.code, request.stdin or "", request.run_timeout, read_files(request.files))


def _refused(message: str) -> dict[str, Any]:
    return _answer("Failed", message, _command("Finished", ProcessEnd("", message, 1)))


def _answer(status: Literal["Success", "Failed"], message: str, run_result: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": status,
        "message": message,
        "compile_result": None,
        "run_result": run_result,
        "executor_pod_name": None,
        "files": {},
    }


def _command(status: Literal["Finished", "TimeLimitExceeded"], end: ProcessEnd, code: int | None = None) -> dict[str, Any]:
    return {
        "status": status,
        "execution_time": end.wall_s,
        "return_code": None if status == "TimeLimitExceeded" else code if code is not None else end.return_code,
        "stdout": end.stdout,
        "stderr": end.stderr,
    }
