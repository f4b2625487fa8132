"""Parity with verl (1dda039): its scorer `prime_code`, and what its sandbox client compares.

prime_code: as APPS, but neither sets of words nor rounding, and the tolerance only where some line is no run of digits.
equal(E, G)  <=>  the same text but for white space around lines and empty lines,  or
    each line is one number, not all lines of both are digits alone, and |g_i - e_i| <= 1e-8 + 1e-5 * |e_i| for all i.

sandbox: equal(E, G)  <=>  G = E but for `\\n` at the end.
"""

import json
from typing import Any

from coderm.comparing.parity.apps import same_value
from coderm.comparing.parity.lines import close_lines, printed, same_text, wanted_lines

__all__ = ["equal", "same_value", "sandbox_equal", "sandbox_same_value"]


def equal(expected: str, got: bytes) -> bool:
    """Whether verl's own process calls an output right."""
    lines = printed(got)
    if same_text(expected, lines):
        return True
    wanted, found = wanted_lines(expected), list(filter(None, lines))
    return not all(map(str.isdigit, wanted + found)) and close_lines(wanted, found)


def sandbox_equal(expected: str, got: bytes) -> bool:
    """Whether verl's SandboxFusion client calls an output right."""
    return got.decode("utf-8", "replace").rstrip("\n") == expected.rstrip("\n")


def sandbox_same_value(expected: str, got: Any) -> bool:
    """Whether that client calls a function's result right; it is printed and compared as text, so strings lack their quotes."""
    as_json = isinstance(got, dict | list | tuple | bool) or got is None
    return sandbox_equal(expected, (json.dumps(got) if as_json else str(got)).encode("utf-8", "surrogatepass"))
