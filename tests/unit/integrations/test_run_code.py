"""POST /run_code: whatever comes in, the answer has a message and is no 500."""

import asyncio
import base64

import httpx
import pytest
from judged import ScriptedProcesses

from coderm.integrations.run_files import MOST_BYTES, MOST_FILES
from coderm.integrations.sandbox_fusion import RunCodeAnswer, SandboxBusy, run_code_router

RIGHT = {"code": "print(int(input()) + 1)", "language": "python"}


def app(processes=None, hold_s=25.0):
    from fastapi import FastAPI

    web = FastAPI()
    web.include_router(run_code_router(processes or ScriptedProcesses(), hold_s))
    return web


def post(web, **how):
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://sandbox") as http:
            return await http.post("/run_code", **how)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"json": RIGHT | {"run_timeout": "soon"}}, "run_timeout: "),
        ({"json": RIGHT | {"run_timeout": None}}, "run_timeout: "),
        ({"json": RIGHT | {"run_timeout": []}}, "run_timeout: "),
        ({"content": b'{"code": "1", "run_timeout": Infinity}'}, "run_timeout: "),
        ({"json": RIGHT | {"run_timeout": 0}}, "run_timeout: "),
        ({"json": {"language": "python"}}, "code: "),
        ({"json": [1]}, "the body: "),
        ({"content": b"{"}, "the body is no JSON"),
        ({"content": b"\xff"}, "the body is no JSON"),
        ({"content": b"x", "headers": {"content-encoding": "zstd"}}, "Content-Encoding 'zstd' is not known"),
        ({"json": RIGHT | {"fetch_files": ["a"]}}, "fetch_files is not offered"),
        ({"json": RIGHT | {"files": {"../a": ""}}}, "files: '../a': give a name inside"),
        ({"json": RIGHT | {"files": {"/a": ""}}}, "files: '/a': give a name inside"),
        ({"json": RIGHT | {"files": {"": ""}}}, "files: '': give a name inside"),
        ({"json": RIGHT | {"files": {"a": "?"}}}, "files: 'a': the content is no base64"),
        ({"json": RIGHT | {"files": {"a": base64.b64encode(bytes(MOST_BYTES + 1)).decode()}}}, "files: 4194305 bytes together"),
        ({"json": RIGHT | {"files": {str(n): "" for n in range(MOST_FILES + 1)}}}, "files: 33 of them"),
    ],
)
def test_a_body_that_cannot_be_run_is_an_outcome_that_says_why(how, told):
    answer = post(app(), **how)
    assert answer.status_code == 200
    read = RunCodeAnswer.model_validate_json(answer.content)
    assert (read.status, read.run_result.return_code) == ("Failed", 1)
    assert read.message.startswith(told)


def test_who_is_held_in_vain_gets_504_with_a_message():
    answer = post(app(ScriptedProcesses([SandboxBusy("full")] * 99), hold_s=-9.9), json=RIGHT | {"stdin": "1"})
    assert (answer.status_code, "add boxes" in answer.json()["message"]) == (504, True)


def test_the_page_of_the_application_shows_what_goes_in_and_comes_out():
    page = app().openapi()
    route = page["paths"]["/run_code"]["post"]
    body = route["requestBody"]["content"]["application/json"]["schema"]
    assert {"code", "stdin", "files", "run_timeout"} <= set(body["properties"])
    assert route["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("RunCodeAnswer")
    assert set(page["components"]["schemas"]["RunCodeAnswer"]["properties"]) >= {"status", "message", "run_result"}
