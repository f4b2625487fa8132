"""The examples a question shows, read off its text as assert lines: doctests, `f(1) == 2` in many spellings, `Input:`/`Output:`.

A text is never executed; calls and values must be literal Python. What cannot be read for certain is left out: a wrong example
would count against every right program.
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice

MOST = 16
"""Examples kept; questions rarely show more, and each costs a run of every program."""
LONGEST = 1000
"""Characters of a call or value looked at; bounds the search for where one ends."""
MAX_TRIES = 64
"""Places tried as the end of a call or value, and calls tried on one line; each costs one parse."""

_ARROW = re.compile(r"\s*(?:={1,2}>|[-–]>|➞|→|={1,3}|(?:should\s+)?returns?\b|is\b)\s*")
_NAMED = re.compile(r"^\s*(?:[-*]\s*)?(?:For|Input:)\s+(.+)$")
_OUTPUT = re.compile(r"(?:output|result)\s+(?:should\s+be|is)\s+|Output:\s*")
_END = re.compile(r"\s++[A-Za-z(]|\s*+(?:$|#|[.,;](?:\s++[A-Za-z(]|\s*+$))")
"""What may follow a value: nothing, a comment, or words; an operator would mean that the value is only a part of it."""
_WORD = re.compile(r"[A-Za-z]+")
_WORDS = {"true": "True", "false": "False", "none": "None", "null": "None"}


def shown_examples(text: str, entry: str) -> tuple[str, ...]:
    """Return assert lines on the function `entry`, in the order shown and at most MOST; none without an entry point."""
    if not entry.isidentifier():
        return ()
    lines = text.splitlines()
    found = [f"assert {call} == {value}" for at in range(len(lines)) for call, value in _read(lines, at, entry)]
    return tuple(dict.fromkeys(found))[:MOST]


def _read(lines: list[str], at: int, entry: str) -> Iterator[tuple[str, str]]:
    line = lines[at].strip()
    following = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if line.startswith(">>>"):
        source = line[3:].strip()
        call = _call(source, entry)
        rest = source[len(call) :].strip()
        if call and (not rest or rest.startswith("#")) and (value := _value(following)):
            yield call, value
    elif (named := _NAMED.match(line)) is not None:
        output = _OUTPUT.search(line) or _OUTPUT.match(following)
        value = _value(output.string[output.end() :]) if output is not None else None
        if value and (call := _named_call(named[1], entry)):
            yield call, value
    for start in islice(re.finditer(rf"(?<![\w.]){entry}\(", line), MAX_TRIES):
        call = _call(line[start.start() : start.start() + LONGEST], entry)
        arrow = _ARROW.match(line, start.start() + len(call)) if call else None
        if arrow is not None and (value := _value(line[arrow.end() : arrow.end() + 2 * LONGEST])):
            yield call, value


def _call(text: str, entry: str) -> str:
    """The shortest start of a text that is a call of the function, empty without one."""
    ends = (at + 1 for at, sign in enumerate(text[:LONGEST]) if sign == ")")
    return next((text[:end] for end in islice(ends, MAX_TRIES) if _calls(text[:end], entry)), "")


def _calls(source: str, entry: str) -> bool:
    """Whether the text is one expression of calls and literals on the function, naming nothing but functions it calls."""
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if not isinstance(tree, ast.Call) or any(isinstance(node, ast.Attribute) for node in ast.walk(tree)):
        return False
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return entry in called and names == called


def _named_call(text: str, entry: str) -> str:
    """The longest start of `arr = [1], k = 2 ...` that makes the arguments of a call; a bare value is the only argument."""
    calls = (f"{entry}({text[:end].strip().rstrip(',')})" for end in range(min(len(text), LONGEST), 0, -1))
    return next((call for call in calls if _calls(call, entry)), "")


def _value(text: str) -> str | None:
    """The shortest literal a text starts with that ends where a value may end, as Python; None without one."""
    text = text.strip()
    word = _WORD.match(text)
    if word and word[0].lower() in _WORDS:
        text = _WORDS[word[0].lower()] + text[word.end() :]
    ends = (end for end in range(1, min(len(text), LONGEST) + 1) if _END.match(text, end))
    return next((text[:end] for end in islice(ends, MAX_TRIES) if _is_literal(text[:end])), None)


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True
