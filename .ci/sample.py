"""Puts the page of a run into docs/assets/sample/ as the sample of the documentation, and pictures of it, taken by Chromium.

python .ci/sample.py RUN_DIR, of `coderm run examples/recorded.toml`. Paths of this checkout are made relative.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "assets" / "sample"
TASK = "starter/running-total"
PICTURES: dict[str, dict[str, Any]] = {
    "headline": {"viewport": {"width": 1280, "height": 860}},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "matrix": {"viewport": {"width": 1280, "height": 860}},
    "phone": {"viewport": {"width": 390, "height": 800}},
}


def main(directory: Path) -> None:
    """Write the page and its pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = FOLDER / "report.html"
    text = (directory / "report.html").read_text("utf-8")
    page.write_text(text.replace(f"{ROOT}/", ""), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, settings in PICTURES.items():
            shown = browser.new_context(**settings).new_page()
            shown.goto(page.as_uri())
            shown.locator("#chart-accuracy .main-svg").first.wait_for()
            if name == "matrix":
                _open_problem(shown)
            shown.screenshot(path=FOLDER / f"{name}.png")
        browser.close()
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def _open_problem(page: Page) -> None:
    page.get_by_label("Search").fill(TASK)
    page.locator("#table tbody a").first.click()
    page.get_by_role("application").wait_for()
    page.get_by_role("application").hover(position={"x": 60, "y": 30})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
