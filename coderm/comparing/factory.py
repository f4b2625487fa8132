"""From a comparison to its comparer: the one place that knows all names."""

from collections.abc import Callable
from typing import assert_never

from coderm.comparing import decimal, exact, tokens, unordered
from coderm.comparing.allclose import AllClose
from coderm.comparing.parity import apps, livecodebench, verl
from coderm.errors import ConfigError
from coderm.messages.cases import Comparison

Comparer = Callable[[str, bytes], bool]
"""(expected output, bytes the program wrote) -> whether they are equal; never raises."""


def make_comparer(comparison: Comparison) -> Comparer:
    """Return the comparer of a comparison. Raises ConfigError for `checker`, which is a program, and for bad tolerances."""
    match comparison.name:
        case "exact":
            return exact.equal
        case "tokens":
            return tokens.equal
        case "decimal":
            return decimal.equal
        case "allclose":
            return AllClose(comparison.rtol, comparison.atol)
        case "unordered":
            return unordered.equal
        case "parity_livecodebench":
            return livecodebench.equal
        case "parity_apps":
            return apps.equal
        case "parity_verl":
            return verl.equal
        case "parity_verl_sandbox":
            return verl.sandbox_equal
        case "checker":
            raise ConfigError("comparison checker: it is a program and is run in a sandbox; make_comparer knows rules only")
        case _:
            assert_never(comparison.name)
