"""Tags that answers are wrapped in (`<answer>`, `[PYTHON]`, `<parameter name="code">`): put on lines of their own.

Code may start on an opening tag's line and end on a closing one's; apart, neither spoils the code.
"""

import html
import re

OPENING = re.compile(r"[ \t]*+(?:<!\[CDATA\[|</?[A-Za-z_][^<>]{0,200}+>|\[/?[A-Z_]{3,20}+\])")
CLOSING = re.compile(r"(?:\]\]>|</[A-Za-z_][\w:.-]{0,40}+>|\[/?[A-Z_]{3,20}+\])[ \t]*+$")
LONGEST_CLOSING = 60  # characters of a line's end looked at
MAX_TAGS = 8  # tags of one line taken off at either end
ESCAPES = ("&lt;", "&gt;", "&amp;", "&quot;", "&#39;")


def isolated(text: str) -> str:
    """Return the text with tags at the beginning and the end of a line on lines of their own."""
    if "<" not in text and "[" not in text:
        return text
    return "\n".join(part for line in text.split("\n") for part in _parts(line))


def _parts(line: str) -> list[str]:
    before: list[str] = []
    after: list[str] = []
    for _ in range(MAX_TAGS):
        opening = OPENING.match(line)
        if opening is None:
            break
        before.append(opening[0].strip())
        line = line[opening.end() :]
    for _ in range(MAX_TAGS):
        closing = _closing(line)
        if closing < 0:
            break
        after.insert(0, line[closing:].strip().removeprefix("]]>"))
        line = line[:closing].rstrip()
    if not before and not after:
        return [line]
    return [*filter(None, before), *([line] if line.strip() else []), *filter(None, after)]


def inner(text: str) -> str:
    """Return an isolated text without the tags that it begins and ends with."""
    lines = text.strip().split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip() and not _is_tag(line)), len(lines))
    end = next((at for at in range(len(lines), start, -1) if lines[at - 1].strip() and not _is_tag(lines[at - 1])), start)
    return "\n".join(lines[start:end]) if end - start < len(lines) else text


def _is_tag(line: str) -> bool:
    match = OPENING.match(line)
    return match is not None and not line[match.end() :].strip()


def _closing(line: str) -> int:
    """Return where a closing tag at the end of a line begins, or -1."""
    start = max(0, len(line) - LONGEST_CLOSING)
    at = max(line.rfind(sign, start) for sign in ("<", "[", "]]>"))
    return at if at >= 0 and CLOSING.match(line, at) else -1


def unescaped(text: str) -> str:
    """Return a text with HTML's escapes undone, when it holds any."""
    return html.unescape(text) if any(escape in text for escape in ESCAPES) else text
