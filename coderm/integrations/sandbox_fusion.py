"""SandboxFusion's `POST /run_code`, so that whoever has such a URL configured only changes it.

Every outcome of a program is HTTP 200 with `message`; its return code agrees with its status. An overloaded sandbox holds the
request for up to 25 s and then answers 504, the only status that verl's client repeats; 429 and 503 would become 0 there.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from coderm.errors import InfrastructureError

if TYPE_CHECKING:
    from fastapi import APIRouter

HOLD_S = 25.0
"""verl's client gives up after 30 s."""
PAUSE_S = 0.25
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
    """Body of a request; fields that are not known are ignored, as SandboxFusion does."""

    model_config = ConfigDict(extra="ignore")

    code: str
    language: str = "python"
    run_timeout: float = Field(10.0, gt=0)
    stdin: str | None = None
    files: dict[str, str | None] = Field(default_factory=dict)
    fetch_files: list[str] = Field(default_factory=list)


async def run_code(body: Mapping[str, Any], processes: Processes, clock: Callable[[], float] = time.monotonic) -> dict[str, Any]:
    """Return the answer to one request; raises SandboxBusy when it was held in vain, ValidationError for a body that is none."""
    request = RunCode.model_validate(body)
    refusal = _refusal(request)
    if refusal:
        return _answer("Failed", refusal, _command("Finished", ProcessEnd("", refusal, 1)))
    end = await _held(ProcessRun(request.code, request.stdin or "", request.run_timeout), processes, clock)
    if end.timed_out:
        return _answer("Failed", end.message, _command("TimeLimitExceeded", end))
    code = end.return_code if end.return_code is not None else KILLED
    return _answer("Failed" if code else "Success", end.message, _command("Finished", end, code))


def run_code_router(processes: Processes, hold_s: float = HOLD_S) -> "APIRouter":
    """Return a FastAPI router with `POST /run_code`. Needs fastapi."""
    from fastapi import APIRouter
    from fastapi.responses import JSONResponse
    from pydantic import ValidationError

    router = APIRouter()

    async def answer(body: dict[str, Any]) -> JSONResponse:
        try:
            async with asyncio.timeout(hold_s + float(body.get("run_timeout") or 10.0)):
                return JSONResponse(await run_code(body, processes))
        except ValidationError as error:
            return JSONResponse({"message": f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"}, 422)
        except (InfrastructureError, TimeoutError) as error:
            return JSONResponse({"message": str(error) or "no free sandbox in time; add executors"}, 504)

    router.add_api_route("/run_code", answer, methods=["POST"], summary="Run a program, as SandboxFusion does")
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


def _refusal(request: RunCode) -> str:
    if request.language not in LANGUAGES:
        return f"language {request.language!r} is not offered here; offered: {', '.join(LANGUAGES)}"
    if request.files or request.fetch_files:
        return "files and fetch_files are not offered here; read from stdin and print"
    return ""


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
