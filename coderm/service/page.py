"""`/docs`: the page about the service, with its script and its looks from this process, so that it needs no other host."""

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
"""Files of the page, which the package fastapi-offline ships."""
FOLDER = "/docs/"
KEPT_S = 86400
"""A browser keeps the files for a day: they change with the installation only."""


def add_page(web: "FastAPI") -> None:
    """Add the page and its files. Needs fastapi and fastapi-offline."""
    from fastapi.openapi.docs import get_swagger_ui_html
    from starlette.exceptions import HTTPException
    from starlette.responses import Response

    @web.get("/docs", include_in_schema=False)
    def page() -> Response:
        script, looks, icon = (f"{FOLDER[1:]}{name}" for name in ASSETS)
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=web.title,
            swagger_js_url=script,
            swagger_css_url=looks,
            swagger_favicon_url=icon,
            swagger_ui_parameters={"validatorUrl": None},  # otherwise the page asks a host of Swagger's whether it is valid
        )

    @web.get(FOLDER + "{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        if name not in ASSETS:
            raise HTTPException(404, "Not Found")
        content = files("fastapi_offline").joinpath("static", name).read_bytes()
        return Response(content, media_type=ASSETS[name], headers={"cache-control": f"private, max-age={KEPT_S}"})
