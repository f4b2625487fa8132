"""POST /run_code beside the rewards: the same token, as a password too, but for what a foreign page could make a browser send."""

import asyncio
import base64

import pytest
from judged import ScriptedProcesses
from served import TOKEN, served

from coderm.integrations.sandbox_fusion import run_code_router

ASKED = b'{"code": "print(1)", "language": "python"}'
PASSWORD = "Basic " + base64.b64encode(f"user:{TOKEN}".encode()).decode()
JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("authorization", "content_type", "status"),
    [
        (f"Bearer {TOKEN}", JSON, 200),
        (f"Bearer {TOKEN}", "text/plain", 200),
        (PASSWORD, JSON, 200),
        (PASSWORD, "text/plain", 401),
        (PASSWORD, "text/plain;application/json", 401),
        (PASSWORD[:-4], JSON, 401),
        ("", JSON, 401),
    ],
)
def test_who_may_run_code(authorization, content_type, status):
    async def scenario():
        async with served() as it:
            it.app.fastapi.include_router(run_code_router(ScriptedProcesses()))
            async with it.other(**({"Authorization": authorization} if authorization else {})) as http:
                answer = await http.post("/run_code", content=ASKED, headers={"content-type": content_type})
                assert answer.status_code == status
                assert (await http.post("/v1/score", content=ASKED, headers={"content-type": JSON})).status_code in (401, 422)
            page = (await it.http.get("/openapi.json")).json()
            assert {"/run_code", "/v1/score"} <= set(page["paths"])
            assert {"RunCodeAnswer", "ScoreCall"} <= set(page["components"]["schemas"])

    asyncio.run(scenario())
