"""The page of `coderm watch` in a real browser: it follows the run, fits a phone, and says when it stands still."""

from collections.abc import Iterator

from test_run_page_shown import PAGES, violations

from coderm.report.live.look import Bar, Look
from coderm.report.live.server import served

FIRST = Look(
    "runs/demo",
    "running",
    "running, process 7 on here",
    (Bar("candidates", 8, 16, "2.0/s"), Bar("problems", 1, 4, "running")),
    (("pass@1", "25.00 %"), ("of finished problems", "1 with hidden checks; the figures still move")),
    ("a line of the log",),
    (("pairs run/s", 3.0),),
)
SECOND = Look(
    "runs/demo",
    "running",
    "running, process 7 on here",
    (Bar("candidates", 16, 16), Bar("problems", 3, 4)),
    speed=(("pairs run/s", 9.0),),
)
LAST = Look("runs/demo", "finished", "finished; report.html has its page", facts=(("problems", "4, 0 commands lost"),))


def test_it_follows_a_run_to_its_end(open_page):
    looks: Iterator[Look] = iter([FIRST, SECOND, LAST])
    with served(lambda: next(looks), 0, 0.3) as address:
        page = open_page(address)
        page.get_by_text("8 of 16").wait_for()
        page.get_by_text("16 of 16").wait_for()
        assert page.get_by_role("img", name="pairs run/s: 9 now").is_visible()
        page.get_by_role("status").get_by_text("finished; report.html has its page").wait_for()
        assert page.title() == "runs/demo: finished; report.html has its page"


def test_it_fits_and_axe_finds_nothing(open_page):
    with served(lambda: FIRST, 0, 5.0) as address:
        for settings in PAGES.values():
            page = open_page(address, **settings)
            page.get_by_text("8 of 16").wait_for()
            assert violations(page) == []


def test_it_says_that_it_stands_still_when_the_watching_has_ended(chromium):
    page = chromium.new_page()  # a request that fails is a complaint of the console, and right here
    with served(lambda: FIRST, 0, 0.1) as address:
        page.goto(address)
        page.get_by_text("8 of 16").wait_for()
    page.get_by_text("coderm watch has ended").wait_for()
    page.close()
