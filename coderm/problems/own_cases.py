"""The cases of a problem of one's own: {input, output} objects, and how outputs are compared."""

from typing import cast, get_args

from coderm.comparing.factory import make_comparer
from coderm.errors import ConfigError, DataError
from coderm.messages.case_rules import ComparisonName, NonzeroExit
from coderm.messages.cases import Case, Comparison
from coderm.messages.scoring import Cases
from coderm.storage.jsonl import Row, optional, require, typed

DEFAULT = Comparison()


def own_cases(row: Row, where: str) -> Cases | None:
    """Return the hidden cases of a row, none where it has no `cases`. Raises DataError that starts with `where`."""
    cases = case_list(row, "cases", where)
    if not cases:
        if row.get("cases") is not None:
            raise DataError(f"{where}: field 'cases' is empty, so that every program would pass; add a case or take it out")
        return None
    exit_rule = _one_of(row, "nonzero_exit", get_args(NonzeroExit), "fails", where)
    return Cases(cases, _comparison(row, where), cast(NonzeroExit, exit_rule))


def case_list(row: Row, name: str, where: str) -> tuple[Case, ...]:
    """Return a field of {input, output} objects, empty when absent or null. Raises DataError."""
    found = []
    for place, item in enumerate(optional(row, name, list, where, [])):
        at = f"{where}: {name}[{place}]"
        case = typed(item, f"{name}[{place}]", dict, where)
        found.append(Case(require(case, "input", str, at), require(case, "output", str, at)))
    return tuple(found)


def _comparison(row: Row, where: str) -> Comparison:
    name = _one_of(row, "compare", get_args(ComparisonName), "tokens", where)
    checker = optional(row, "checker", str, where, "")
    if (name == "checker") != bool(checker.strip()):
        raise DataError(f"{where}: 'checker' holds a program exactly where 'compare' is 'checker'; correct the row")
    rtol, atol = (_tolerance(row, field, where) for field in ("rtol", "atol"))
    comparison = Comparison(cast(ComparisonName, name), rtol, atol, checker)
    if name != "checker":
        _check(comparison, where)
    return comparison


def _check(comparison: Comparison, where: str) -> None:
    try:
        make_comparer(comparison)
    except ConfigError as error:
        raise DataError(f"{where}: {error.message}") from None


def _tolerance(row: Row, name: str, where: str) -> float:
    value = row.get(name)
    if value is None:
        return DEFAULT.rtol if name == "rtol" else DEFAULT.atol
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{where}: field {name!r} must be a number, not {value!r}; correct the row")
    return float(value)


def _one_of(row: Row, name: str, known: tuple[str, ...], default: str, where: str) -> str:
    value = optional(row, name, str, where, default)
    if value not in known:
        raise DataError(f"{where}: field {name!r} is {value!r}; known are {', '.join(known)}")
    return value
