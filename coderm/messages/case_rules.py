"""Names of how cases are compared and when a row of them ends. Imports nothing, so that clients may import it."""

from typing import Literal

ComparisonName = Literal[
    "exact",
    "tokens",
    "decimal",
    "allclose",
    "unordered",
    "checker",
    "parity_livecodebench",
    "parity_apps",
    "parity_verl",
    "parity_verl_sandbox",
]
"""A rule of ours, a checker program, or the rule of another grader (`parity_...`), for comparing figures with it: docs/stdin.md."""
StopRule = Literal["never", "first_failure"]
NonzeroExit = Literal["fails", "allowed"]
