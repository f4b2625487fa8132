"""When an example that a text shows is certain: what its words, its value and the function's signature say against it.

A wrong example counts against every right program, so that doubt decides: an alternative (`or`), an estimate, a condition, a
counter-example, a part of a value, a value of another type than the function returns.
"""

import ast
import math
import re
from dataclasses import dataclass, field
from typing import Any

_DOUBT = re.compile(
    r"\b(?:or|either|not|no|isn't|never|don't|doesn't|can't|cannot|may|might|could|can|possibl[ey]|perhaps|maybe|any|e\.g|etc|ish"
    r"|wrong(?:ly)?|incorrect(?:ly)?|invalid|bad|bug(?:gy|s)?|broken|fails?|failed|mistake|instead|formerly|previously|old|was"
    r"|counter-?examples?|anti-?patterns?|rais(?:es?|ed)|errors?|exceptions?|traceback|todo|fixme|unless|except|but|if|when|assuming"
    r"|mod|modulo|base|unordered|order|sorted|permutations?|in[- ]place|prints?|printed|output(?:s|ted)? to|stdout|doctest|varies"
    r"|random(?:ly)?|approx(?:\.|imate(?:ly)?)?|about|around|roughly|nearly|almost|rounded|rounding|truncated|circa|some|similar|like"
    r"|at (?:least|most)|deprecated|legacy|version|python|suppose|naive(?:ly)?|given|with|where|expects?|tempting|intuition"
    r"|used to)\b"
    r"|[~≈≠?…±]|!=|\.\.\.",
    re.IGNORECASE,
)
"""Words beside an example that may say something else than `call == value`."""
_DISOWNED = re.compile(
    r"\b(?:not|never|don't|doesn't|wrong(?:ly)?|incorrect(?:ly)?|invalid|bad|bug(?:gy|s)?|broken|fails?|mistakes?|instead|formerly"
    r"|previously|old|deprecated|legacy|naive(?:ly)?|counter-?examples?|anti-?patterns?|errors?|exceptions?|before|may|might|could|other"
    r"|another)\b",
    re.IGNORECASE,
)
"""Words of a heading that disown what stands below."""
_SEVERAL = re.compile(
    r"\b(?:return|give|output|choose|pick|accept)\w*\s++any\b|\bany\s++(?:one\s++of|valid|such|correct|possible|solution|answer|order)\b"
    r"|\b(?:several|multiple|many|more than one)\s++(?:valid\s++|possible\s++|correct\s++)?(?:solution|answer|result|output)s?\b"
    r"|\bany\s++way\b|\bwhichever\b|\bignor(?:es?|ing)\s++(?:the\s++)?order\b|\border\s++is\s++(?:ignored|irrelevant|arbitrary)\b"
    r"|\border\s++(?:of\s++\w++(?:\s++\w++)?\s++)?(?:does|is)\s*+(?:not|n't)\b"
    r"|\border\s++doesn't\b|\bregardless of (?:the )?order\b|\bin[- ]place\b",
    re.IGNORECASE,
)
"""What a text says of a function with several right answers, or with none to return."""
_PRINTS = re.compile(r"\bprints?\b", re.IGNORECASE)
_RETURNS = re.compile(r"\breturn(?:s|ed|ing)?\b|\bdef .*->(?!\s*None)", re.IGNORECASE)
_ROUGH = re.compile(r"\b(?:approx\w*|round\w*|about|within|toleran\w+|precision|decimals?|error)\b", re.IGNORECASE)
_REST = re.compile(r"\s*+(?:$|#|[.,;!]\s*+$|[.,;]\s++[A-Za-z])")
"""What may follow a value: nothing, a comment, or words after a stop; anything else may belong to the value."""

_KINDS = {"list": list, "tuple": tuple, "set": set, "dict": dict, "str": str, "bool": bool, "int": int, "float": (int, float)}
CLOSE = 1e-6
"""Relative difference that a float may have."""


def doubtful(words: str) -> bool:
    """Whether words beside an example may turn it into something else."""
    return _DOUBT.search(words) is not None


def disowned(heading: str) -> bool:
    """Whether a heading says that what follows it is not what the function does."""
    return _DISOWNED.search(heading) is not None


def ends_well(rest: str) -> bool:
    """Whether what follows a value on its line leaves it as it is."""
    return _REST.match(rest) is not None and not doubtful(rest)


def several_answers(text: str) -> bool:
    """Whether a text says that a function has several right answers, works in place, or prints instead of returning."""
    return _SEVERAL.search(text) is not None or (_PRINTS.search(text) is not None and _RETURNS.search(text) is None)


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameters and result of the function as its text declares them; `known` is false where it declares none."""

    known: bool = False
    names: tuple[str, ...] = ()
    needed: int = 0
    starred: bool = False
    kind: Any = None
    keywords: frozenset[str] = field(default_factory=frozenset)

    def takes(self, call: ast.Call) -> bool:
        """Whether a call fits the parameters."""
        if not self.known or self.starred or any(isinstance(item, ast.Starred) for item in call.args):
            return True
        given = {*self.names[: len(call.args)], *(item.arg for item in call.keywords)}
        return len(call.args) <= len(self.names) and given <= self.keywords and {*self.names[: self.needed]} <= given

    def gives(self, value: object) -> bool:
        """Whether a value is of the declared type; None may stand beside any."""
        fits = isinstance(value, self.kind) if self.kind else True
        return value is None or (fits and (self.kind is bool or not isinstance(value, bool) or self.kind is None))


def signature(text: str, entry: str) -> Signature:
    """Read the declaration of a function out of a stub; an unknown one where there is none."""
    head = re.search(
        rf"^[ \t]*(def\s+{entry}\s*\(.{{0,2000}}?\)\s*(?:->[^\n]{{0,200}}?)?:)[ \t]*(?:#.*)?$", text, re.MULTILINE | re.DOTALL
    )
    try:
        node = ast.parse(f"{head[1]} pass").body[0] if head else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        node = None
    if not isinstance(node, ast.FunctionDef):
        return Signature()
    given = [item.arg for item in (*node.args.posonlyargs, *node.args.args)]
    given = given[given[:1] == ["self"] :]
    base = node.returns.value if isinstance(node.returns, ast.Subscript) else node.returns
    kind = _KINDS.get(base.id.lower()) if isinstance(base, ast.Name) else None
    starred = node.args.vararg is not None or node.args.kwarg is not None
    names = frozenset((*given, *(item.arg for item in node.args.kwonlyargs)))
    return Signature(True, tuple(given), len(given) - len(node.args.defaults), starred, kind, names)


def claim(call: str, value: str, text: str) -> str | None:
    """Return the assert line of an example, None for a value that may be a part or a rounded form of the right one.

    A single float may differ by what it was rounded by; floats inside of others must be exact or among the arguments.
    """
    found = ast.literal_eval(value)
    if (value[0] == "(") != isinstance(found, tuple):
        return None  # several results of which nobody says what holds them, or one in parentheses
    parts = list(_parts(found))
    if any(item is ... or (isinstance(item, str) and item.rstrip().endswith(("...", "…"))) for item in parts):
        return None
    floats = [item for item in parts if isinstance(item, float)]
    if type(found) is int and value.lstrip("-")[:2].lower() in ("0x", "0o", "0b"):
        return None  # may be the text that another function returned
    if not floats:
        return f"assert {call} == {value}"
    if not all(map(math.isfinite, floats)):
        return None
    rough = _ROUGH.search(text) is not None
    if isinstance(found, float):
        return f"assert abs({call} - {value}) <= {_margin(found, value, rough)!r}"
    known = {item.value for item in ast.walk(ast.parse(call)) if isinstance(item, ast.Constant)}
    exact = all(item in known or (_is_dyadic(item) and not rough) for item in floats)
    return f"assert {call} == {value}" if exact else None


def _margin(number: float, text: str, rough: bool) -> float:
    """Half a step in the last place and a little more for what was written with few places; else the relative difference."""
    least = CLOSE * max(1.0, abs(number))
    if _is_dyadic(number) and not rough and "e" not in text.lower():
        return least
    mantissa, _, exponent = text.lower().partition("e")
    places = len(mantissa.rstrip("0").partition(".")[2]) - int(exponent or 0)
    return max(least, 10.0**-places)


def _is_dyadic(number: float) -> bool:
    return number * 1024 == int(number * 1024)


def _parts(value: object) -> list[object]:
    """Return everything inside a literal value, itself included."""
    found: list[object] = [value]
    for item in found:
        if isinstance(item, dict):
            found += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set):
            found += item
    return found
