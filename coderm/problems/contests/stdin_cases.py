"""Cases of programs that read standard input, and the comparison that fits their outputs."""

import re
from typing import Any

from coderm.comparing import decimal
from coderm.comparing.numerals import numeral, spelled_whole
from coderm.comparing.texts import encoded, tokens
from coderm.messages.cases import Case, Comparison
from coderm.messages.scoring import Cases
from coderm.problems.faults import FaultyRecord, RecordFault

_ANY = re.compile(
    r"\b(?:print|output|find|return|choose|construct|write|report|display)\s++(?:out\s++)?any\b"
    r"|\bany\s++(?:one\s++)?of\s++(?:them|these|those|the\s++(?:valid|possible|correct|optimal))\b"
    r"|\bany\s++(?:one\s++)?(?:valid|correct|possible|suitable|acceptable|optimal|such)\s++(?:answer|solution|output|one|option|way)s?\b"
    r"|\bany\s++(?:answer|solution|output)\s++(?:is|will|that|which|would|can)\b"
    r"|\bany\s++(?:is|will\s++be|are)\s++(?:accepted|acceptable|allowed|fine|ok|considered)\b"
    r"|\b(?:print|output)\w*\s++(?:[\w,'-]++\s++){0,8}?in\s++(?:any|arbitrary)\s++order\b",
    re.IGNORECASE,
)
"""Words of a statement by which several outputs are right."""


SHOWN_CHARS = 200
"""Characters from which dots at the end mean that a text goes on; Codeforces shows some 250."""


def several_outputs(question: str) -> bool:
    """Whether a statement says that several outputs are right for one input."""
    return _ANY.search(question) is not None


def stdin_cases(pairs: tuple[tuple[Any, Any], ...], comparison: Comparison | None = None) -> Cases:
    """Return the distinct whole cases in their order, compared as `comparison_for` says unless told. Raises FaultyRecord."""
    cases = dict.fromkeys(Case(_text(given), _text(wanted)) for given, wanted in pairs)
    cases = {case: None for case in cases if not (_cut_off(case.input) or _cut_off(case.expected))}
    if not cases:
        raise FaultyRecord(RecordFault.CUT_OFF)
    if not any(case.expected.strip() for case in cases):
        raise FaultyRecord(RecordFault.EMPTY_OUTPUTS)
    comparison = comparison or comparison_for(tuple(cases))
    if comparison.name != "checker":
        _check_conflicts(tuple(cases))
    return Cases(tuple(cases), comparison)


def _cut_off(text: str) -> bool:
    """Whether a text was copied from a page that shows long ones in part: no program can give what it stands for."""
    return len(text) >= SHOWN_CHARS and text.rstrip().endswith("...")


def comparison_for(cases: tuple[Case, ...]) -> Comparison:
    """Return `allclose`, default tolerances, where an expected output has a number with a point or exponent; else `tokens`."""
    close = any(_is_fraction(token) for case in cases for token in tokens(encoded(case.expected)))
    return Comparison("allclose" if close else "tokens")


def _is_fraction(token: bytes) -> bool:
    return not token.isalpha() and not spelled_whole(token) and numeral(token) is not None


def _check_conflicts(cases: tuple[Case, ...]) -> None:
    first: dict[str, str] = {}
    for case in cases:
        known = first.setdefault(case.input, case.expected)
        if known is not case.expected and not decimal.equal(known, encoded(case.expected)):
            raise FaultyRecord(RecordFault.CONFLICTING_OUTPUTS)


def _text(value: Any) -> str:
    """Return a text, or lines joined; anything else is no input of a program."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    raise FaultyRecord(RecordFault.UNREADABLE, f"a case holds {type(value).__name__} where text is due")
