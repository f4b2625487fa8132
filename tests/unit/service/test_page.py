"""docs/service.md says what is true: every error code, every metric, every endpoint."""

import ast
import asyncio
import re
from pathlib import Path

from served import served

from coderm.service.jobs import MESSAGES
from coderm.service.metrics import METRICS
from coderm.service.ports import Refused

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "service.md").read_text("utf-8")
SOURCES = sorted((ROOT / "coderm" / "service").glob("*.py"))


def codes():
    """Error codes that the service's code can give, with their HTTP status where that is a literal."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == Refused.__name__ and len(node.args) >= 3:
                code, status = node.args[1:3]
                if isinstance(code, ast.Constant) and isinstance(status, ast.Constant):
                    found.add((status.value, code.value))
    return found


def test_every_error_code_is_in_the_table_beside_its_status():
    assert len(codes()) > 12
    for status, code in codes():
        assert re.search(rf"^\| [\d, ]*{status}[\d, ]* \| .*`{code}`", PAGE, re.MULTILINE), (status, code)


def test_every_metric_is_listed_with_its_help():
    for metric in METRICS:
        assert re.search(rf"^\| `{metric.name}.*{re.escape(metric.help)} \|$", PAGE, re.MULTILINE), metric.name


def test_every_status_that_the_service_itself_gives_is_listed():
    assert [status for status in MESSAGES if f"| `{status}` |" not in PAGE] == []


def test_every_endpoint_is_listed():
    async def paths():
        async with served() as it:
            return (await it.http.get("/openapi.json")).json()["paths"]

    for path, methods in asyncio.run(paths()).items():
        shown = path.replace("problem_id", "id")
        for method in methods:
            assert f"`{method.upper()} {shown}`" in PAGE
