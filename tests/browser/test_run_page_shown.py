"""The page of a run in a real browser: it sorts, filters, opens pairs by mouse and keyboard, fits a phone and can be read aloud."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import REJECTED, a_config, a_problem, a_result
from summaries import SUMMARY

from coderm.evaluation.finished_problem import FinishedProblem
from coderm.report.compare import Run, Scored, compare
from coderm.report.page import writer
from coderm.report.page.comparison import write_comparison

PAGES: dict[str, Any] = {"light": {}, "dark": {"color_scheme": "dark"}, "phone": {"viewport": {"width": 390, "height": 800}}}


@pytest.fixture(scope="module")
def page_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    estimate = {"mean": 0.5, "low": 0.25, "high": 0.75}
    summary = SUMMARY | {
        "labelled": 120,
        "best_of_n": {"max_pass": 0.5, "codet": 0.25},
        "intervals": {rule: {"best_of_n": estimate, "gain_over_pass_at_1": estimate} for rule in ("max_pass", "codet")},
        "quality": {judge: {"accuracy": 0.5, "f1": None} for judge in ("one_test", "all_tests")},
    }
    with writer.page_writer(folder, a_config(selection={"rule": "max_pass"})) as page:
        for number in range(120):
            right = np.array([[1, 1], [1, 4]] if number % 3 else [[1, 4], [1, 4]], np.int8)
            result = a_result(number, f"p/{number}", checks=right, details={(0, 1): f"AssertionError: {number} != 2"}, units=number)
            page.add(FinishedProblem(result), number / 120)
        page.add(FinishedProblem(a_result(120, "q/120", **REJECTED | {"problem": a_problem("q/120")})), None)
        return page.finish(summary)


def first_ids(page, count=3):
    return [link.inner_text() for link in page.locator("#table tbody a").all()[:count]]


def test_the_table_sorts_pages_searches_and_filters(open_page, page_path):
    page = open_page(page_path)
    assert first_ids(page) == ["p/0", "p/1", "p/2"]
    page.get_by_role("button", name="allotted").click()
    assert first_ids(page) == ["p/119", "p/118", "p/117"]
    assert page.locator("th[aria-sort=descending]").inner_text() == "allotted"
    page.get_by_role("button", name="allotted").click()
    assert first_ids(page, 2) == ["p/0", "p/1"]
    page.get_by_role("button", name="Next").click()
    assert page.locator("#page").inner_text() == "page 2 of 2"
    assert len(first_ids(page, 100)) == 21
    page.get_by_label("Search").fill("q/")
    assert (first_ids(page), page.locator("#count").inner_text()) == (["q/120"], "1 of 121 problems")
    page.get_by_label("Search").fill("")
    page.get_by_label("Show").select_option("hopeless")
    assert page.locator("#count").inner_text() == "41 of 121 problems"
    fate = page.locator("button[data-filter=missed]")
    fate.click()
    assert page.locator("#count").inner_text() == fate.locator("b").inner_text() + " of 121 problems"
    assert page.locator("button[data-filter=tied]").is_disabled()


def test_a_pair_opens_by_mouse_and_by_keyboard_alone(open_page, page_path):
    page = open_page(page_path)
    page.locator("#table tbody a").first.focus()
    page.keyboard.press("Enter")
    canvas = page.get_by_role("application")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    told = page.locator("#matrix-live").inner_text()
    assert told == "Candidate 0, a wrong one, test 1: failed. 1 of 3 pass this test."
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.locator("h2").inner_text() == "Candidate 0, test 1: failed"
    assert [text.inner_text() for text in dialog.locator("pre").all()] == ["AssertionError: 0 != 2", "test 1", "program a"]
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    canvas.click(position={"x": 25, "y": 3})
    assert dialog.locator("h2").inner_text() == "Candidate 1, test 0: passed"
    dialog.get_by_role("button", name="Close").click()
    canvas.hover(position={"x": 25, "y": 3})
    assert page.locator("#tip").inner_text().startswith("Candidate 1")
    page.get_by_role("link", name="All problems").click()
    page.locator("#table").wait_for()
    assert page.locator("#table").is_visible()


def test_the_choice_stands_beside_its_runner_up(open_page, page_path):
    page = open_page(page_path)
    page.get_by_role("link", name="p/1", exact=True).click()
    page.locator("table.diff").wait_for()
    assert page.locator("table.diff tr.changed").inner_text().split() == ["1", "program", "b", "1", "program", "a"]
    assert "1 test parts them." in page.locator("#problem").inner_text()
    page.go_back()
    page.get_by_label("Search").fill("q/120")
    page.get_by_role("link", name="q/120").click()
    page.get_by_text("No candidate could be used, so none was chosen.").wait_for()


def test_charts_are_drawn_in_the_colours_of_the_reader(open_page, page_path):
    colours = set()
    for settings in (PAGES["light"], PAGES["dark"]):
        page = open_page(page_path, **settings)
        page.locator("#chart-accuracy .main-svg").first.wait_for()
        assert page.locator(".chart .main-svg").count() >= 5
        colours.add(page.locator("#chart-accuracy text").first.evaluate("node => getComputedStyle(node).fill"))
    assert len(colours) == 2


@pytest.mark.parametrize("name", PAGES)
def test_it_fits_and_axe_finds_nothing(open_page, page_path, name):
    page = open_page(page_path, **PAGES[name])
    page.locator("#chart-accuracy .main-svg").first.wait_for()
    assert violations(page) == []
    page.evaluate("location.hash = '#problem-1'")
    page.get_by_role("application").focus()
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    assert violations(page) == []


def violations(page, impacts=("minor", "moderate", "serious", "critical")):
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    found = [one for one in Axe().run(page).response["violations"] if one["impact"] in impacts]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]


def test_details_beside_the_page_are_loaded(open_page, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "MOST_BYTES", 10)
    with writer.page_writer(tmp_path, a_config(selection={"rule": "max_pass"})) as made:
        for number in range(2):
            made.add(FinishedProblem(a_result(number, f"p/{number}")), None)
        path = made.finish(SUMMARY)
    page = open_page(path)
    page.get_by_role("link", name="p/1").click()
    page.get_by_role("application").wait_for()
    assert page.locator("#problem h2").inner_text() == "p/1"


def test_a_comparison_sorts_filters_and_can_be_read(open_page, tmp_path):
    problems = {f"p/{number}": Scored((0.5, float(number % 2), 1.0), 0, 4, 3, "same") for number in range(120)}
    better = {name: replace(scored, figures=(0.5, 1.0, 1.0), tests=9) for name, scored in problems.items()}
    base = Run("first", "coderm", {"seed": 0}, problems, 0)
    write_comparison(compare([base, replace(base, name="second", settings={"seed": 5}, problems=better)]), tmp_path / "page.html")
    page = open_page(tmp_path / "page.html")
    page.get_by_label("Show").select_option("better")
    assert page.locator("#count").inner_text() == "60 of 120 problems"
    assert page.locator("#table tbody td").all_inner_texts()[:7] == ["p/0", "0.0", "100.0", "50.0", "50.0", "3", "9"]
    page.get_by_label("Show").select_option("worse")
    assert page.locator("#count").inner_text() == "0 of 120 problems"
    assert violations(page) == []
