"""The examples a question shows, read off its text as assert lines: doctests, `f(1) == 2` in many spellings, `Input:`/`Output:`.

A text is never executed; calls and values must be literal Python. What cannot be read for certain is left out: a wrong example
would count against every right program (`coderm.problems.certain`). A call that is shown with two values is no example at all.
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice

from coderm.problems.certain import Signature, claim, disowned, doubtful, ends_well, several_answers, signature

MOST = 16
"""Examples kept; questions rarely show more, and each costs a run of every program."""
LONGEST = 1000
"""Characters of a call or value looked at; bounds the search for where one ends."""
MAX_TRIES = 64
"""Places tried as the end of a call or value, and calls tried on one line; each costs one parse."""
HARMLESS = frozenset(
    ("abs", "all", "any", "bool", "dict", "float", "frozenset", "int", "len", "list", "max", "min", "round", "set", "sorted", "str")
) | {"sum", "tuple"}
"""Functions that may stand around a call or among its arguments: they show nothing else than what the call returned."""

_ARROW = re.compile(r"\s*(?:={1,2}>|[-–]>|➞|→|={1,3}|(?:should\s+)?returns?\b|is\b)\s*")
_NAMED = re.compile(r"^\s*(?:[-*]\s*)?(?:For|Input:)\s+(.+)$")
_OUTPUT = re.compile(r"(?:output|result)\s+(?:should\s+be|is)\s+|Output:\s*")
_DEFINITION = re.compile(r"\b(\w++)\(\s*+[A-Za-z_]\w*+\s*+\)\s*+=(?!=)")
"""`f(n) = ...`: a definition in the words of mathematics, so that `f(1) = 3` may be a part of one."""
_EQUALS = re.compile(r"\)\s*+=(?!=).*")
_GOES_ON = re.compile(r"(?:or|and|but|used to|would|was|does|holds?|is)\b", re.IGNORECASE)
_UNDERLINE = re.compile(r"\s*+[-=~^]{3,}+\s*+$")
_OPERATOR = re.compile(r"[\w)\]]\s*[-+*/%^&|]\s*$")
"""What makes a call a part of a larger expression."""
_WORD = re.compile(r"[A-Za-z]+")
_PROMPT = ">>>"
_WORDS = {"true": "True", "false": "False", "none": "None", "null": "None"}
_BREAKS = ("", '"""', "'''")

Found = Iterator[tuple[str, str]]


def shown_examples(text: str, entry: str) -> tuple[str, ...]:
    """Return assert lines on the function `entry`, in the order shown and at most MOST; none without an entry point."""
    if not entry.isidentifier() or several_answers(text):
        return ()
    lines, declared = text.splitlines(), signature(text, entry)
    if any(match[1] == entry for match in _DEFINITION.finditer(text)):
        lines = [_EQUALS.sub(")", line) for line in lines]
    found: dict[str, list[str]] = {}
    for at in _trusted(lines):
        for call, value in _shown_at(lines, at, entry):
            if _fits(call, value, entry, declared) and value not in found.setdefault(call, []):
                found[call].append(value)
    claims = [claim(call, values[0], text) for call, values in found.items() if len(values) == 1]
    return tuple(line for line in claims if line)[:MOST]


def _trusted(lines: list[str]) -> Iterator[int]:
    """Yield the places of lines that stand under no heading such as `Wrong:`."""
    trusted = True
    for at, line in enumerate(lines):
        is_heading = line.rstrip().endswith(":") or (at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1]) is not None)
        if is_heading and not line.lstrip().startswith(("def ", "class ", _PROMPT)):
            trusted = not disowned(line)
        if trusted:
            yield at


def _shown_at(lines: list[str], at: int, entry: str) -> Found:
    line = lines[at].strip()
    following = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if line.startswith(_PROMPT):
        yield from _doctest(lines, at, entry)
    elif _GOES_ON.match(following) or (at and _leads_on(lines[at - 1])):
        return  # the example is a part of a sentence over several lines
    elif (named := _NAMED.match(line)) is not None:
        yield from _named(line, following, named[1], entry)
    else:
        yield from _read(line, entry)


def _leads_on(line: str) -> bool:
    """Whether the line above is the beginning of a sentence that may disown an example."""
    words = line.strip()
    return words[-1:].isalpha() and "(" not in words and doubtful(words)


def _doctest(lines: list[str], at: int, entry: str) -> Found:
    """Read a prompt with its whole output, which must be one value."""
    source = lines[at].strip()[len(_PROMPT) :].strip()
    call, output = _call(source, entry), _output(lines, at)
    rest = source[len(call) :].strip()
    if not call or output is None:
        return
    if not rest or rest.startswith("#"):
        if _is_literal(output) and not doubtful(rest):
            yield call, output
    elif output in ("True", ""):
        yield from _read(source, entry)


def _output(lines: list[str], at: int) -> str | None:
    """Return the output below a prompt: one line, or several that make one value; None for anything else."""
    found: list[str] = []
    for line in map(str.strip, lines[at + 1 :]):
        if line in _BREAKS or line.startswith((_PROMPT, *_BREAKS[1:])):
            break
        found.append(line)
    if len(found) <= 1:
        return _python("".join(found).partition("  #")[0].strip())
    whole = " ".join(found[: LONGEST // 8])
    return whole if whole[0] in "[({" and _is_literal(whole) else None


def _named(line: str, following: str, given: str, entry: str) -> Found:
    """Read `For x = 1 the output should be 2`, `Input: x = 1` with `Output: 2` behind it or below."""
    output = _OUTPUT.search(line) or _OUTPUT.match(following)
    if output is None:
        return
    value = _value(output.string[output.end() :])
    call = _named_call(given.partition("Output:")[0], entry)
    if value and call:
        yield call, value


def _read(line: str, entry: str) -> Found:
    """Read every `f(1) -> 2` of a line, whose words say nothing against it."""
    for start in islice(re.finditer(rf"(?<![\w.]){entry}\(", line), MAX_TRIES):
        call = _call(line[start.start() : start.start() + LONGEST], entry)
        arrow = _ARROW.match(line, start.start() + len(call)) if call else None
        before = line[: start.start()]
        if arrow is None or _OPERATOR.search(before[-8:]) or doubtful(before.removeprefix("e.g.")):
            continue
        if value := _value(line[arrow.end() : arrow.end() + 2 * LONGEST]):
            yield call, value


def _fits(call: str, value: str, entry: str, declared: Signature) -> bool:
    tree = ast.parse(call, mode="eval").body
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    own = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == entry]
    direct = isinstance(tree, ast.Call) and own[:1] == [tree]
    return all(map(declared.takes, own)) and (not direct or declared.gives(ast.literal_eval(value)))


def _call(text: str, entry: str) -> str:
    """The shortest start of a text that is a call of the function, empty without one."""
    ends = (at + 1 for at, sign in enumerate(text[:LONGEST]) if sign == ")")
    return next((text[:end] for end in islice(ends, MAX_TRIES) if _calls(text[:end], entry)), "")


def _calls(source: str, entry: str) -> bool:
    """Whether the text is one expression of calls and literals on the function, naming nothing but harmless functions."""
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    nodes = list(ast.walk(tree))
    if not isinstance(tree, ast.Call) or any(isinstance(node, ast.Attribute) or _is_ellipsis(node) for node in nodes):
        return False
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return entry in called and names == called and called <= HARMLESS | {entry}


def _is_ellipsis(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _named_call(text: str, entry: str) -> str:
    """The longest start of `arr = [1], k = 2 ...` that makes the arguments of a call; a bare value is the only argument."""
    calls = (f"{entry}({text[:end].strip().rstrip(',')})" for end in range(min(len(text), LONGEST), 0, -1))
    return next((call for call in calls if _calls(call, entry)), "")


def _python(text: str) -> str:
    """Write the words of other languages as Python does."""
    word = _WORD.match(text)
    return _WORDS[word[0].lower()] + text[word.end() :] if word and word[0].lower() in _WORDS else text


def _value(text: str) -> str | None:
    """The shortest literal a text starts with whose line ends well behind it, as Python; None without one."""
    text = _python(text.strip())
    ends = (end for end in range(1, min(len(text), LONGEST) + 1) if ends_well(text[end:]))
    return next((text[:end] for end in islice(ends, MAX_TRIES) if _is_literal(text[:end]) and not _has_comment(text[:end])), None)


def _has_comment(text: str) -> bool:
    marks = (at for at, sign in enumerate(text) if sign == "#")
    return any(_is_literal(text[:at]) for at in islice(marks, MAX_TRIES))


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True
