"""Tags that answers are wrapped in (`<answer>`, `[PYTHON]`, `<parameter name="code">`): put on lines of their own.

Code may start on an opening tag's line and end on a closing one's; apart, neither spoils the code. Tags inside of code, in a
docstring say, are left alone: an opening tag counts where code, data or nothing follows it, a closing one where its opening
counted, where it is a usual one, or at the end.
"""

import html
import re

from coderm.extract.answers.prefixes import LIKELY

OPENING = re.compile(r"[ \t]*+(?:<!\[CDATA\[|</?([A-Za-z_][\w:.-]*+)[^<>]{0,200}+>|\[/?([A-Z_]{3,20}+)\])")
CLOSING = re.compile(r"(?:\]\]>|</([A-Za-z_][\w:.-]*+)>|\[/?([A-Z_]{3,20}+)\])[ \t]*+$")
USUAL = {"answer", "code", "solution", "python", "parameter", "response", "final", "final_answer", "content", "file", "function"}
LONGEST_CLOSING = 60  # characters of a line's end looked at
MAX_TAGS = 8  # tags of one line taken off at either end
ESCAPES = ("&lt;", "&gt;", "&amp;", "&quot;", "&#39;")


def isolated(text: str) -> str:
    """Return the text with tags at the beginning and the end of a line on lines of their own."""
    if "<" not in text and "[" not in text:
        return text
    lines = text.rstrip().split("\n")
    opened = set(USUAL)
    parts = [part for at, line in enumerate(lines) for part in _parts(line, opened, is_last=at == len(lines) - 1)]
    return "\n".join(parts)


def _parts(line: str, opened: set[str], *, is_last: bool) -> list[str]:
    before, line = _without_opening(line, opened)
    after: list[str] = []
    for _ in range(MAX_TAGS):
        start, name = _closing(line)
        if start < 0 or not (is_last or name in opened):
            break
        after.insert(0, line[start:].strip().removeprefix("]]>"))
        line = line[:start].rstrip()
    if not before and not after:
        return [line]
    return [*filter(None, before), *([line] if line.strip() else []), *filter(None, after)]


def _without_opening(line: str, opened: set[str]) -> tuple[list[str], str]:
    """Return the tags in front of code, data or nothing, and the rest of the line."""
    found: list[str] = []
    names: list[str] = []
    at = 0
    while len(found) < MAX_TAGS and (match := OPENING.match(line, at)) is not None:
        found.append(match[0].strip())
        names.append(match[1] or match[2] or "")
        at = match.end()
    rest = line[at:].strip()
    counts = LIKELY.match(rest.lstrip("'\"`")) if rest else line[:1] in ("<", "[")
    if not counts and rest[:1] not in ("{", "[", "`"):
        return [], line
    opened.update(names)
    return found, line[at:]


def _closing(line: str) -> tuple[int, str]:
    """Return where a closing tag at the end of a line begins, or -1, and its name; brackets with a slash are no Python."""
    start = max(0, len(line) - LONGEST_CLOSING)
    at = max(line.rfind(sign, start) for sign in ("<", "[", "]]>"))
    match = CLOSING.match(line, at) if at >= 0 else None
    if match is None:
        return -1, ""
    usual = match[0].startswith(("[/", "]]>"))
    return at, "code" if usual else match[1] or match[2]


def inner(text: str) -> str:
    """Return an isolated text without the tags that it begins and ends with."""
    lines = text.strip().split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip() and not _is_tag(line)), len(lines))
    end = next((at for at in range(len(lines), start, -1) if lines[at - 1].strip() and not _is_tag(lines[at - 1])), start)
    return "\n".join(lines[start:end]) if end - start < len(lines) else text


def _is_tag(line: str) -> bool:
    match = OPENING.match(line)
    return match is not None and not line[match.end() :].strip()


def unescaped(text: str) -> str:
    """Return a text with HTML's escapes undone, when it holds any."""
    return html.unescape(text) if any(escape in text for escape in ESCAPES) else text
