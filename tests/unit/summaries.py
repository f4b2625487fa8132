"""The summary of a small invented run, as far as its page reads it."""

SUMMARY = {
    "problems": 3,
    "unfinished": 0,
    "candidates": 9,
    "tests": 6,
    "labelled": 0,
    "rule": "max_pass",
    "seed": 0,
    "sandbox": {"grading": "isolated"},
    "pass_at_1": 0.25,
    "pass_at_n": 0.5,
    "outcomes": {"passed": 3},
    "check_outcomes": {"failed": 1},
    "tokens": {"policy": 7},
    "seconds": {"wall": 2.0},
    "engines": {"policy": "scripted"},
    "versions": {"python": "3.11"},
    **dict.fromkeys(("pairs", "pairs_executed", "pairs_unserved", "pairs_left_out", "pairs_skipped_early", "lost", "canaries"), 0),
    **dict.fromkeys(("tampered_candidates", "without_candidates", "without_tests", "tests_without_case"), 0),
}
