"""The documentation as a site: every page is there, loads nothing from elsewhere, and can be read."""

import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from test_run_page_shown import violations

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", folder], cwd=ROOT, check=True)
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing of each request."""


@pytest.fixture(scope="module")
def address(site):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_every_page_of_docs_is_in_the_site(site):
    pages = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    assert [
        page for page in pages if not ((site / page / "index.html").exists() or (site / page).with_suffix(".html").exists())
    ] == []


def test_the_reference_is_made_from_the_code(site):
    commands = (site / "reference" / "commands" / "index.html").read_text("utf-8")
    assert "coderm bank verify" in commands
    library = (site / "reference" / "library" / "index.html").read_text("utf-8")
    assert "Raises" in library
    assert "score_locally" in library


@pytest.mark.parametrize("name", ["index.html", "report/index.html", "reference/commands/index.html"])
def test_a_page_works_without_network(open_page, address, name):
    page = open_page(f"{address}/{name}")
    page.get_by_role("heading", level=1).wait_for()
    assert violations(page, ("serious", "critical")) == []


def test_the_search_finds_a_setting(open_page, address):
    page = open_page(f"{address}/index.html")
    page.get_by_role("textbox", name="Search").press_sequentially("row_timeouts")  # it listens to keys, not to its value
    page.locator(".md-search-result__link").first.wait_for()
