"""A headless Chromium for tests of pages; skipped where none is installed, an error where CODERM_REQUIRE_BROWSER is set."""

import os
import shutil

import pytest

LOCAL = ("file:", "data:", "blob:", "http://127.0.0.1:")


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    if path is None:
        stop = pytest.fail if os.environ.get("CODERM_REQUIRE_BROWSER") else pytest.skip
        stop("chromium is not installed; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Return a function that opens a file or address and fails the test for whatever the console has to complain about."""
    complaints, contexts = [], []

    def opened(target, **settings):
        context = chromium.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(LOCAL) else complaints.append(request.url))
        page.goto(target if isinstance(target, str) else target.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
