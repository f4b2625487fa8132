"""How large the page of a run is, how long it takes to write, and how soon a browser shows and sorts it.

    python benchmarks/report_page.py                    500 problems of 100 candidates x 100 tests, and 5,000 of 12 x 8
    python benchmarks/report_page.py --sizes 50x10x10   others

Invented programs and tests of realistic length; the browser is Debian's Chromium, headless. Milliseconds are of one load each.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from coderm.config.schema import RunConfig
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.execution import Outcome
from coderm.messages.problem import Problem
from coderm.messages.results import ProblemResult
from coderm.messages.samples import Sample
from coderm.report.page.writer import page_writer

COUNTS = (
    *(
        "problems",
        "unfinished",
        "candidates",
        "tests",
        "labelled",
        "seed",
        "pairs",
        "pairs_executed",
        "pairs_unserved",
        "pairs_left_out",
    ),
    *(
        "pairs_skipped_early",
        "lost",
        "canaries",
        "tampered_candidates",
        "without_candidates",
        "without_tests",
        "tests_without_case",
    ),
)
TABLES = ("best_of_n", "intervals", "outcomes", "check_outcomes", "tokens", "seconds", "engines", "versions")
SUMMARY = {
    **dict.fromkeys(COUNTS, 0),
    **{name: {} for name in TABLES},
    "rule": "coderm",
    "sandbox": {"grading": "isolated"},
    "pass_at_1": 0.4,
    "pass_at_n": 0.8,
}


def a_text(rng, name, lines):
    words = rng.integers(0, 60, size=(lines, 6))
    body = "".join(f"    value_{a} = helper_{b}(value_{c}, {d}) + {e} * value_{f}\n" for a, b, c, d, e, f in words.tolist())
    return f"def {name}(values):\n{body}    return value_1\n"


def a_result(index, candidates, tests):
    """A problem whose candidates vary a common text here and there, as samples of one model do."""
    rng = np.random.default_rng(index)
    base, test_base = a_text(rng, "solve", 24).splitlines(), a_text(rng, "test", 16).splitlines()

    def varied(lines, number):
        changed = list(lines)
        for place in rng.integers(1, len(lines), size=6).tolist():
            changed[place] = f"    value_{place} = other_{number}(value_{place})"
        return "\n".join(changed) + "\n"

    programs = tuple(varied(base, number) for number in range(candidates))
    unit_tests = tuple(varied(test_base, number) for number in range(tests))
    skill, hardness = rng.random(candidates), rng.random(tests)
    passed = skill[:, None] + 0.2 * rng.random((candidates, tests)) > hardness
    outcomes = np.where(passed, Outcome.PASSED, Outcome.FAILED).astype(np.int8)
    outcomes[rng.random(outcomes.shape) < 0.02] = Outcome.TIMEOUT
    checks = np.where(skill > 0.6, Outcome.PASSED, Outcome.FAILED).astype(np.int8)[:, None]
    zeros = np.zeros((candidates, tests))
    problem = Problem(f"bench/{index}", "Invented.", "solve", checks=("check",))
    samples, written = ([Sample(text, text, text) for text in texts] for texts in (programs, unit_tests))
    each, every = np.arange(candidates, dtype=np.int32), np.arange(tests, dtype=np.int32)
    cells = outcomes, zeros.astype(np.float32), zeros.astype(np.int8), checks
    return ProblemResult(index, problem, tuple(samples), each, programs, tuple(written), every, unit_tests, *cells, tests, tests)


def write(folder, problems, candidates, tests):
    started = time.process_time()
    config = RunConfig.model_validate({"problems": {"source": "starter"}, "selection": {"rule": "coderm"}})
    built = 0.0
    with page_writer(folder, config) as page:
        for index in range(problems):
            before = time.process_time()
            result = a_result(index, candidates, tests)
            built += time.process_time() - before
            page.add(FinishedProblem(result), index / problems)
        path = page.finish(SUMMARY | {"problems": problems, "candidates": problems * candidates, "tests": problems * tests})
    return path, time.process_time() - started - built


def in_browser(path):
    """Milliseconds to the first paint, until the table stands, of a sort, and of opening a problem."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(path.as_uri())
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        loaded = page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
        sort = page.evaluate(
            "() => new Promise(done => { const start = performance.now(); table.sortBy('tests'); table.sortBy('right');"
            "requestAnimationFrame(() => setTimeout(() => done(performance.now() - start))) })"
        )
        start = time.perf_counter()
        page.evaluate("location.hash = '#problem-1'")
        page.locator("#problem canvas").wait_for()
        opened = 1000 * (time.perf_counter() - start)
        browser.close()
    return paint, loaded, sort, opened


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", nargs="+", default=["500x100x100", "500x12x8", "5000x12x8"], help="problems x candidates x tests"
    )
    options = parser.parse_args()
    print(
        "| problems x candidates x tests | page MB | beside it MB | written, CPU s | ms: first paint | loaded | sorted | opened |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="coderm-bench-") as name:
            path, seconds = write(Path(name), *map(int, size.split("x")))
            beside = sum(file.stat().st_size for file in Path(name).rglob("*.js"))
            figures = in_browser(path)
            print(
                f"| {size} | {path.stat().st_size / 1e6:.1f} | {beside / 1e6:.1f} | {seconds:.1f} |",
                *(f"{value:.0f} |" for value in figures),
            )


if __name__ == "__main__":
    main()
