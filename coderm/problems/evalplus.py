"""EvalPlus checks: unit test modules that compare a program with the reference solution on recorded inputs.

What the reference answers is computed inside the module, because running it here would run foreign code. The reference is a module
of its own in one constant text: it shares no name with the program, so isolated grading serves every check, whatever the reference
does. It is given recorded inputs only, never anything of the program. The rules of comparison follow EvalPlus 0.3 (equality, else a
tolerance; a few tasks have an oracle of their own). The `contract` of a row only guards new inputs and is not needed for the
recorded ones. All names are local to the methods, so that the module cannot shadow a program's own, and the entry point is the only
name that a module takes from its surroundings, so that it is the program's also where it is called like a builtin.
"""

from collections.abc import Sequence
from typing import Any

from coderm.errors import DataError
from coderm.storage.jsonl import Row, optional, require

MAX_CHECKS = 16
"""Most modules per problem: few enough to keep a judge cheap, enough that one has few of the thousand inputs to time."""

_MODULE = """import unittest


class Check(unittest.TestCase):
    def program(self, *arguments):
        return {entry}(*arguments)

    def test(self):
        import copy
        import math
        from builtins import {builtins}
        from types import FunctionType

        inf, nan = math.inf, math.nan

        def floats(value):
            if isinstance(value, (list, tuple)):
                return all(isinstance(item, float) for item in value)
            return isinstance(value, float)

        def close(found, wanted, atol):
            if isinstance(wanted, (list, tuple)):
                same = isinstance(found, (list, tuple)) and len(found) == len(wanted)
                return same and all(close(a, b, atol) for a, b in zip(found, wanted))
            if not isinstance(wanted, (int, float, complex)) or not isinstance(found, (int, float, complex)):
                return False
            return found == wanted or (found != found and wanted != wanted) or abs(found - wanted) <= atol + 1e-7 * abs(wanted)

        def agree(found, wanted, arguments):
            atol = {atol!r}
            if {oracle}:
                return True
            if not atol and floats(wanted):
                atol = 1e-6
            return bool(atol) and close(found, wanted, atol)

        reference = {{"__name__": "reference"}}
        FunctionType(compile({reference!r}, "<reference>", "exec"), reference)()
        for arguments in {inputs!r}:
            wanted = reference[{entry!r}](*copy.deepcopy(arguments))
            found = self.program(*copy.deepcopy(arguments))
            self.assertTrue(agree(found, wanted, arguments), "another result than the reference's")
"""

_BUILTINS = "abs, all, bool, compile, complex, enumerate, float, int, isinstance, len, list, set, sum, tuple, zip"
"""Builtins that a module uses; imported, so that they are not taken for functions of the program."""

_EXACT = "found == wanted"
_AS_SETS = "set(found) == set(wanted)"
_TRUTH = "(found == wanted if isinstance(found, bool) else wanted == (found is not None))"

_ORACLES = {
    "find_zero": "abs(sum(factor * found**power for power, factor in enumerate(arguments[0]))) <= atol",
    "sum_div": "found == wanted or found == 0",
    "are_equivalent": "True",
    **dict.fromkeys(("similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly"), _AS_SETS),
    **dict.fromkeys(("larg_nnum", "intersection_array", "find_dissimilar", "Diff"), _AS_SETS),
    **dict.fromkeys(("check_str", "text_match_three", "text_starta_endb"), _TRUTH),
}
"""Tasks with several right answers, by entry point: a root of a polynomial, order that does not matter, a match for a bool."""


def is_evalplus(row: Row) -> bool:
    """Tell whether a row is in EvalPlus's own format, which records inputs instead of a test."""
    return "base_input" in row


def evalplus_checks(entry: str, reference: str, base: Sequence[Any], plus: Sequence[Any], atol: float) -> tuple[str, ...]:
    """Return at most MAX_CHECKS modules, the first of them with the base inputs alone."""
    groups = [base] if base else []
    groups += _split(plus, MAX_CHECKS - len(groups))
    oracle = _ORACLES.get(entry, _EXACT)
    fixed = {"entry": entry, "reference": reference, "atol": atol, "oracle": oracle, "builtins": _BUILTINS}
    return tuple(_MODULE.format(inputs=list(group), **fixed) for group in groups if group)


def inputs_of(row: Row, where: str) -> tuple[list[Any], list[Any], float]:
    """Return (base inputs, plus inputs, absolute tolerance) of a row; raises DataError."""
    base: list[Any] = require(row, "base_input", list, where)
    plus: list[Any] = optional(row, "plus_input", list, where, [])
    atol = row.get("atol") or 0
    if isinstance(atol, bool) or not isinstance(atol, int | float):
        raise DataError(f"{where}: field 'atol' must be a number, not {atol!r}; correct the row")
    for arguments in (*base, *plus):
        if not isinstance(arguments, list | tuple):
            raise DataError(f"{where}: every input must be a list of arguments, not {type(arguments).__name__}; correct the row")
    return base, plus, float(atol)


def entry_name(row: Row, where: str) -> str:
    """Return the entry point, which goes into test code and so must be a plain name."""
    name = require(row, "entry_point", str, where)
    if not name.isidentifier():
        raise DataError(f"{where}: field 'entry_point' must be a Python name, not {name!r}; correct the row")
    return name


def _split(items: Sequence[Any], groups: int) -> list[Sequence[Any]]:
    size = max(1, -(-len(items) // groups))
    return [items[start : start + size] for start in range(0, len(items), size)]
