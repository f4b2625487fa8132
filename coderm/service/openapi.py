"""Puts into the OpenAPI page the models of bodies that are read by hand."""

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from coderm.client.contract import ProblemText, ScoreCall, StreamEnd, WriterCall

if TYPE_CHECKING:
    from fastapi import FastAPI


def describe(web: "FastAPI") -> None:
    """Add the models, and that a bearer token is needed."""
    made = web.openapi

    def openapi() -> dict[str, Any]:
        if web.openapi_schema is None:
            page = made()
            _, told = models_json_schema(
                [(model, "validation") for model in (ScoreCall, WriterCall, ProblemText, StreamEnd)],
                ref_template="#/components/schemas/{model}",
            )
            parts = page.setdefault("components", {})
            parts.setdefault("schemas", {}).update(told["$defs"])
            parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            page["security"] = [{"token": []}]
        return web.openapi_schema or page

    web.openapi = openapi  # type: ignore[method-assign]
